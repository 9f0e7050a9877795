// The decimal digits of a number of 50 million bits.
// expect: BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT
export default () => new Response(((1n << 50_000_000n) - 1n).toString());
