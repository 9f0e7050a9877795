// Atomics.wait(): a thread that sleeps uses no CPU time.
// expect: BRINK_SCRIPT_ERROR
export default () => {
  const cell = new Int32Array(new SharedArrayBuffer(4));
  Atomics.wait(cell, 0, 0);
};
