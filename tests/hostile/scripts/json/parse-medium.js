// JSON.parse() of 16 MB of objects with different keys.
// expect: BRINK_MEMORY_LIMIT, BRINK_CPU_LIMIT
export default () => {
  let text = '{"a":[1.5,"b",null]}';
  for (let i = 0; i < 19; i++) text = `[${text},${text}]`;
  return new Response(String(JSON.parse(text).length));
};
