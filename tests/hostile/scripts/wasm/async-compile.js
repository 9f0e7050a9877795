// Compiles asynchronously, many at a time, with nothing to wait for them.
// expect: BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT, BRINK_SCRIPT_ERROR, BRINK_WALL_LIMIT
// waits
const bytes = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]);
export default async () => {
  const started = [];
  for (let i = 0; i < 3000; i++) started.push(WebAssembly.instantiate(bytes));
  await Promise.all(started);
  for (;;) await WebAssembly.compile(bytes);
};
