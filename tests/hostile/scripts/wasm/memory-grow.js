// One memory that grows, each page written to.
// expect: BRINK_MEMORY_LIMIT, BRINK_CPU_LIMIT, BRINK_SCRIPT_ERROR, 200
export default () => {
  const memory = new WebAssembly.Memory({ initial: 1 });
  for (let i = 0; i < 2000; i++) {
    memory.grow(16);
    new Uint8Array(memory.buffer).fill(i, memory.buffer.byteLength - (1 << 20));
  }
  return new Response(String(memory.buffer.byteLength));
};
