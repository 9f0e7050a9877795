// join() of a huge sparse array.
// expect: BRINK_MEMORY_LIMIT, BRINK_CPU_LIMIT, BRINK_SCRIPT_ERROR
export default () => new Response(new Array(2 ** 29 - 30).join('x'));
