// Object.assign() of a huge string: a property for each character.
// expect: BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT, BRINK_SCRIPT_ERROR
export default () => new Response(String(Object.keys(Object.assign({}, 'x'.repeat(2 ** 27))).length));
