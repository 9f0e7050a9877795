// split('') of half a gigabyte.
// expect: BRINK_MEMORY_LIMIT, BRINK_CPU_LIMIT, BRINK_SCRIPT_ERROR
export default () => new Response(String('1'.repeat(2 ** 29 - 24).split('').length));
