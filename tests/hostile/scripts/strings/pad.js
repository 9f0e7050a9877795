// padEnd() and slices that keep it all alive.
// expect: BRINK_MEMORY_LIMIT, BRINK_CPU_LIMIT, BRINK_SCRIPT_ERROR
export default () => {
  const kept = [];
  for (let i = 0; ; i++) kept.push(`${i}`.padEnd(2 ** 20, 'pad').slice(1, -1));
};
