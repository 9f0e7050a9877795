// sort() of strings that have to be made, a million times.
// expect: BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT
export default () => {
  const list = Array.from({ length: 300_000 }, (_, i) => ({ toString: () => `item ${i * 7919 % 1000}` }));
  return new Response(String(list.sort().length));
};
