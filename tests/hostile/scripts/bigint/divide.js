// Division of numbers of a million bits.
// expect: BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT
export default () => {
  const a = (1n << 4_000_000n) - 1n;
  const b = (1n << 2_000_001n) - 3n;
  for (;;) if (a / b === 0n) break;
};
