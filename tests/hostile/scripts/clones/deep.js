// structuredClone() of a value a hundred thousand deep.
// expect: BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT, BRINK_SCRIPT_ERROR
export default () => {
  let node = {};
  for (let i = 0; i < 100_000; i++) node = { node };
  return new Response(String(structuredClone(node)));
};
