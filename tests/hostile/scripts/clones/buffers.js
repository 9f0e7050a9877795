// structuredClone() of large buffers, all kept.
// expect: BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT, BRINK_SCRIPT_ERROR
export default () => {
  const buffer = new Uint8Array(20 << 20).fill(1);
  const kept = [];
  for (;;) kept.push(structuredClone(buffer));
};
