// fill() of a gigabyte, which V8 does without looking up.
// expect: BRINK_MEMORY_LIMIT, BRINK_CPU_LIMIT, BRINK_SCRIPT_ERROR
export default () => new Response(String(new Array(2 ** 27).fill(0.5).length));
