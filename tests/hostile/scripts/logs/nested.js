// A deep and wide object, to be written to the log.
// expect: 200, BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT
export default () => {
  let node = {};
  for (let i = 0; i < 30; i++) node = { a: node, b: node };
  console.log(node);
  return new Response('said it');
};
