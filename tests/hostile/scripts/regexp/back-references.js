// Back references over a long subject.
// expect: BRINK_CPU_LIMIT
export default () => new Response(String(/^(a*)(a*)(a*)(a*)\1\2\3\4b$/.test('a'.repeat(3000))));
