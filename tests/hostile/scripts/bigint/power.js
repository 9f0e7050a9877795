// A power with a million digits, and more.
// expect: BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT, BRINK_SCRIPT_ERROR
export default () => new Response(String((3n ** 10_000_000n) % 7n));
