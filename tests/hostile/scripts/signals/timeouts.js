// AbortSignal.timeout() without an end.
// expect: BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT, BRINK_TIMER_LIMIT
export default () => {
  const kept = [];
  for (;;) kept.push(AbortSignal.timeout(1e9));
};
