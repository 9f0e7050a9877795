// Objects until there is no room.
// expect: BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT
export default () => {
  const kept = [];
  for (;;) kept.push({ a: [1, 2, 3], b: { c: {} } });
};
