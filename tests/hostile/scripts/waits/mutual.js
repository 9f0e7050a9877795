// Two promises that wait for each other.
// expect: BRINK_WALL_LIMIT
// waits
export default () => {
  const a = new Promise((resolve) => queueMicrotask(() => resolve(b)));
  const b = new Promise((resolve) => queueMicrotask(() => resolve(a)));
  return a;
};
