// Counted quantifiers in quantifiers: a small pattern with huge code.
// expect: BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT, BRINK_SCRIPT_ERROR, 200
export default () => new Response(String(/((((a{1,99}){1,99}){1,99}){1,99}){1,99}$/.test('a'.repeat(50))));
