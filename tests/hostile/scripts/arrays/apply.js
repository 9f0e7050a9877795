// apply() with a huge array: the arguments go on the stack.
// expect: BRINK_SCRIPT_ERROR, BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT
export default () => new Response(String(Math.max.apply(null, new Array(2 ** 25).fill(1))));
