// A pattern of megabytes, to be compiled.
// expect: BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT, BRINK_SCRIPT_ERROR
export default () => {
  const pattern = new RegExp(`${'(?:a|b)?'.repeat(400_000)}$`, 'u');
  return new Response(String(pattern.test('ab'.repeat(100))));
};
