// Array.from() of something that says it is long.
// expect: BRINK_MEMORY_LIMIT, BRINK_CPU_LIMIT, BRINK_SCRIPT_ERROR
export default () => new Response(String(Array.from({ length: 2 ** 32 - 1 }).length));
