// Methods that visit each index of an array of four thousand million.
// expect: BRINK_CPU_LIMIT, BRINK_SCRIPT_ERROR
export default () => {
  const list = [];
  list[2 ** 32 - 2] = 1;
  return new Response(String(list.findLastIndex((x) => x === 2) + list.indexOf(7) + list.includes(8)));
};
