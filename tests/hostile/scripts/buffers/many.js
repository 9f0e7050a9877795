// Buffers of a megabyte, written to, for ever.
// expect: BRINK_SCRIPT_ERROR, BRINK_MEMORY_LIMIT, BRINK_CPU_LIMIT
export default () => {
  const kept = [];
  for (;;) kept.push(new Uint8Array(1 << 20).fill(1));
};
