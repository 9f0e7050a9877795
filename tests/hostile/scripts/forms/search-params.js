// A query of millions of parameters.
// expect: BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT, BRINK_SCRIPT_ERROR
export default () => new Response(String([...new URLSearchParams('a=b&'.repeat(5_000_000))].length));
