// flat(Infinity) of nested arrays.
// expect: BRINK_SCRIPT_ERROR, BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT, 200
export default () => {
  let list = [];
  for (let i = 0; i < 200_000; i++) list = [list, i];
  return new Response(String(list.flat(Infinity).length));
};
