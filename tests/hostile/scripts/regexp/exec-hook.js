// A RegExp whose exec() never says that there are no more matches.
// expect: BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT
export default () => {
  const pattern = /a/g;
  pattern.exec = () => ['a'];
  return new Response('aaa'.replace(pattern, 'b'));
};
