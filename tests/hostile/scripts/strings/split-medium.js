// split() into millions of pieces, which fits in no limit but needs no huge string.
// expect: BRINK_MEMORY_LIMIT, BRINK_CPU_LIMIT
export default () => new Response(String('ab,'.repeat(2 ** 22).split(',').length));
