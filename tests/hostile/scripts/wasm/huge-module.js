// A module with a hundred thousand functions to compile.
// expect: BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT, BRINK_SCRIPT_ERROR
const leb = (n) => [n & 127 | 128, n >> 7 & 127 | 128, n >> 14 & 127 | 128, n >> 21 & 127];
function section(id, items, item) {
  const content = [...leb(items)];
  for (let i = 0; i < items; i++) content.push(...item);
  return [id, ...leb(content.length), ...content];
}
export default () => {
  const body = [22, 0, ...new Array(10).fill([65, 0]).flat(), 26];
  const code = [0, ...new Array(9).fill([65, 0, 26]).flat(), 11];
  const bytes = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0,
    ...section(3, body.length, [0]), ...section(10, body.length, [code.length, ...code])]);
  const kept = [];
  for (;;) kept.push(new WebAssembly.Module(bytes));
};
