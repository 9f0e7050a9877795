// Shifts that keep everything.
// expect: BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT, BRINK_SCRIPT_ERROR
export default () => {
  const kept = [];
  for (let i = 0n; ; i++) kept.push(1n << (8_000_000n + i));
};
