// normalize() of a huge string, inside ICU.
// expect: BRINK_MEMORY_LIMIT, BRINK_CPU_LIMIT, BRINK_SCRIPT_ERROR
export default () => new Response(String('\u1e9b\u0323'.repeat(2 ** 25).normalize('NFKD').length));
