// Millions of listeners on one signal, then abort().
// expect: BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT
export default () => {
  const controller = new AbortController();
  for (let i = 0; i < 500_000; i++) controller.signal.addEventListener('abort', () => i);
  controller.abort();
  for (;;) controller.signal.dispatchEvent(new Event('abort'));
};
