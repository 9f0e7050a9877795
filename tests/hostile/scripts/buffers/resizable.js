// Resizable buffers reserve their largest size.
// expect: BRINK_SCRIPT_ERROR, BRINK_MEMORY_LIMIT, BRINK_CPU_LIMIT
export default () => {
  const kept = [];
  for (;;) {
    const buffer = new ArrayBuffer(0, { maxByteLength: 2 ** 30 });
    buffer.resize(32 << 20);
    new Uint8Array(buffer).fill(1);
    kept.push(buffer);
  }
};
