// join() of large items: the result is larger than a string may be.
// expect: BRINK_MEMORY_LIMIT, BRINK_CPU_LIMIT, BRINK_SCRIPT_ERROR
export default () => new Response(new Array(5000).fill('y'.repeat(100_000)).join('-'));
