// The same with Unicode sets and ignored case.
// expect: BRINK_CPU_LIMIT
export default () => new Response(String(/^(\p{L}+\p{L}*)+$/iu.test(`${'\u00e4'.repeat(50)}!`)));
