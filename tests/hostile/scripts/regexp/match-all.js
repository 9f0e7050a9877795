// All matches of an empty pattern in a huge string.
// expect: BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT
export default () => new Response(String('ab'.repeat(2 ** 24).match(/(?:)|a|b/g).length));
