// A microtask that queues the next: the turn never ends.
// expect: BRINK_CPU_LIMIT
export default () => {
  const turn = () => queueMicrotask(turn);
  turn();
  return new Promise(() => {});
};
