// fill() of an array with two to the power of 32 holes.
// expect: BRINK_MEMORY_LIMIT, BRINK_CPU_LIMIT, BRINK_SCRIPT_ERROR
export default () => {
  const list = [];
  list.length = 2 ** 32 - 1;
  return new Response(String(list.fill(1).length));
};
