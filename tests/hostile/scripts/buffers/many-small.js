// Millions of buffers of 64 bytes: what each costs beside its bytes.
// expect: BRINK_SCRIPT_ERROR, BRINK_MEMORY_LIMIT, BRINK_CPU_LIMIT
export default () => {
  const kept = [];
  for (;;) kept.push(new Uint8Array(64));
};
