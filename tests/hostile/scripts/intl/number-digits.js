// Numbers with a hundred digits behind the point, in a loop.
// expect: BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT
export default () => {
  let text = '';
  for (;;) text += (Math.PI / 1e10).toLocaleString('fa', { minimumFractionDigits: 100 }) + (1e21 / 3).toFixed(20);
};
