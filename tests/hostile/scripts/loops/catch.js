// Catches whatever might end the loop, and loops on.
// expect: BRINK_CPU_LIMIT
export default () => {
  for (;;) {
    try {
      for (;;) null.x;
    } catch {}
  }
};
