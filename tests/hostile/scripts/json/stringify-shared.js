// A tree of thirty shared nodes that is 2^30 nodes when written out.
// expect: BRINK_MEMORY_LIMIT, BRINK_CPU_LIMIT, BRINK_SCRIPT_ERROR
export default () => {
  let node = { leaf: 'x'.repeat(10) };
  for (let i = 0; i < 30; i++) node = { left: node, right: node };
  return new Response(JSON.stringify(node));
};
