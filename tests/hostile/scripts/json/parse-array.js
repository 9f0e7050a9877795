// JSON.parse() of a hundred million numbers.
// expect: BRINK_MEMORY_LIMIT, BRINK_CPU_LIMIT, BRINK_SCRIPT_ERROR
export default () => new Response(String(JSON.parse(`[${'0,'.repeat(2 ** 27)}0]`).length));
