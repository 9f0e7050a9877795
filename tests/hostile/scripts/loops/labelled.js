// Loops in loops, left and entered again by labels.
// expect: BRINK_CPU_LIMIT
export default () => {
  outer: for (;;) {
    for (let i = 0; ; i++) if (i % 3 === 2) continue outer;
  }
};
