// Module-level buffers: 10 MB a request.
// expect: 200, BRINK_MEMORY_LIMIT, BRINK_SCRIPT_ERROR, BRINK_CPU_LIMIT
// leaves state
const kept = [];
export default () => {
  kept.push(new Uint8Array(10 << 20).fill(1));
  return new Response(String(kept.length));
};
