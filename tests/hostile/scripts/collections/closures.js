// Closures that keep each other's arrays alive.
// expect: BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT
export default () => {
  let keep = () => 0;
  for (;;) {
    const before = keep;
    const items = new Array(1000).fill(before);
    keep = () => items;
  }
};
