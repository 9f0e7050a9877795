// JSON.parse() of ten million brackets.
// expect: BRINK_MEMORY_LIMIT, BRINK_CPU_LIMIT, BRINK_SCRIPT_ERROR
export default () => new Response(String(JSON.parse('['.repeat(1e7) + ']'.repeat(1e7)).length));
