// The client leaves while the script loops.
// expect: left, BRINK_CPU_LIMIT
// client: leaves after 20 ms
export default () => {
  for (;;);
};
