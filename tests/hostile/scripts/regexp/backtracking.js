// The classical exponential pattern.
// expect: BRINK_CPU_LIMIT
export default () => new Response(String(/^(a+)+$/.test(`${'a'.repeat(40)}b`)));
