// Spins on a cell that nobody else can change.
// expect: BRINK_CPU_LIMIT, BRINK_SCRIPT_ERROR
export default () => {
  const cell = new Int32Array(1);
  while (Atomics.compareExchange(cell, 0, 1, 2) !== 1);
};
