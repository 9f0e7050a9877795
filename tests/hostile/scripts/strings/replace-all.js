// replaceAll() in a huge string, piece by piece.
// expect: BRINK_MEMORY_LIMIT, BRINK_CPU_LIMIT, BRINK_SCRIPT_ERROR
export default () => new Response('ab'.repeat(2 ** 26).replaceAll('a', 'ccc'));
