// String.fromCharCode() with as many arguments as fit.
// expect: BRINK_SCRIPT_ERROR, BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT
export default () => new Response(String.fromCharCode.apply(null, new Array(2 ** 26).fill(65)));
