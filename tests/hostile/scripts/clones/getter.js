// structuredClone() of an object whose getter loops.
// expect: BRINK_CPU_LIMIT
export default () => structuredClone({
  get x() {
    for (;;);
  },
});
