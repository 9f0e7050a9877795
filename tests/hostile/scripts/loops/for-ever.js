// The plainest of all loops.
// expect: BRINK_CPU_LIMIT
export default () => {
  for (;;);
};
