// Millions of different property names: the string table.
// expect: BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT
export default () => {
  const names = {};
  for (let i = 0; ; i++) names[`name-${i}-${'x'.repeat(200)}`] = i;
};
