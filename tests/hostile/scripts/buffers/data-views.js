// Millions of views on one buffer.
// expect: BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT
export default () => {
  const buffer = new ArrayBuffer(16);
  const kept = [];
  for (;;) kept.push(new DataView(buffer, 1, 2));
};
