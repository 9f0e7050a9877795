// toLocaleUpperCase() of a huge string, inside ICU.
// expect: BRINK_MEMORY_LIMIT, BRINK_CPU_LIMIT, BRINK_SCRIPT_ERROR
export default () => new Response(String('\u00df'.repeat(2 ** 26).toLocaleUpperCase('tr').length));
