// TextDecoder over 40 MB of what becomes two bytes a character.
// expect: BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT, BRINK_SCRIPT_ERROR
export default () => {
  const bytes = new Uint8Array(40 << 20).fill(0xff);
  const kept = [];
  for (;;) kept.push(new TextDecoder().decode(bytes));
};
