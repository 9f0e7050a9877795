// A hundred memories of 32 MB: each within its own limit, all of them written to.
// expect: BRINK_MEMORY_LIMIT, BRINK_CPU_LIMIT, BRINK_SCRIPT_ERROR
export default () => {
  const kept = [];
  for (let i = 0; i < 101; i++) {
    const memory = new WebAssembly.Memory({ initial: 512 });
    new Uint8Array(memory.buffer).fill(i + 1);
    kept.push(memory);
  }
  return new Response(String(kept.length));
};
