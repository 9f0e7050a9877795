// One character that NFKD makes eighteen of.
// expect: BRINK_MEMORY_LIMIT, BRINK_CPU_LIMIT, BRINK_SCRIPT_ERROR
export default () => new Response(String('\ufdfa'.repeat(2 ** 22).normalize('NFKD').length));
