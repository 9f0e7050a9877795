// BigInt() of a string of ten million digits.
// expect: BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT, BRINK_SCRIPT_ERROR
export default () => new Response(String(BigInt('9'.repeat(10_000_000)) % 10n));
