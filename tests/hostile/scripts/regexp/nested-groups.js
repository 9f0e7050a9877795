// Hundreds of thousands of nested groups: the parser's stack.
// expect: BRINK_CPU_LIMIT, BRINK_SCRIPT_ERROR
export default () => new Response(String(
  new RegExp('('.repeat(300_000) + ')'.repeat(300_000)).test('a')));
