// JSON.parse() of an object with millions of keys.
// expect: BRINK_MEMORY_LIMIT, BRINK_CPU_LIMIT
export default () => {
  const parts = [];
  for (let i = 0; i < 2 ** 22; i++) parts.push(`"key${i}":${i}`);
  return new Response(String(Object.keys(JSON.parse(`{${parts.join()}}`)).length));
};
