// Atomics.waitAsync() on unshared memory, thousands of times.
// expect: BRINK_SCRIPT_ERROR
export default () => {
  const cell = new Int32Array(new ArrayBuffer(4));
  for (let i = 0; i < 10_000; i++) Atomics.waitAsync(cell, 0, 0);
};
