// Microtasks that double: memory and CPU at once.
// expect: BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT
export default () => {
  const turn = () => {
    queueMicrotask(turn);
    queueMicrotask(turn);
  };
  turn();
  return new Promise(() => {});
};
