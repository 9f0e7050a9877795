// A thenable whose then() loops, as the handler's result.
// expect: BRINK_CPU_LIMIT
export default () => ({
  then() {
    for (;;);
  },
});
