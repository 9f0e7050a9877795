// A body of half a gigabyte as one string.
// expect: BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT, BRINK_SCRIPT_ERROR, broken
export default () => new Response('body'.repeat(2 ** 27));
