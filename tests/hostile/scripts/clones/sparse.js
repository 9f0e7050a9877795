// structuredClone() of an array with four thousand million holes.
// expect: BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT, BRINK_SCRIPT_ERROR, 200
export default () => {
  const list = [];
  list[2 ** 32 - 2] = 1;
  return new Response(String(structuredClone({ list, dense: new Array(2 ** 25).fill(1) }).list.length));
};
