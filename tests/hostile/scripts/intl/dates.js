// Dates far away, in calendars that count their way there.
// expect: BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT, BRINK_SCRIPT_ERROR
export default () => {
  for (let year = 0; ; year++) {
    new Date(8.64e15 - year * 3e10).toLocaleDateString('en-u-ca-chinese', { dateStyle: 'full' });
  }
};
