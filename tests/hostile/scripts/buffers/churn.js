// Buffers that are garbage at once: the collector has to keep up.
// expect: BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT, BRINK_SCRIPT_ERROR
export default () => {
  for (;;) new Uint8Array(4 << 20).fill(7);
};
