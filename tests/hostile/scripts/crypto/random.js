// Random bytes without an end.
// expect: BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT
export default () => {
  const kept = [];
  for (;;) kept.push(crypto.randomUUID());
};
