// atob() and btoa() of a hundred megabytes.
// expect: BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT, BRINK_SCRIPT_ERROR
export default () => {
  let text = 'QUJD'.repeat(1000);
  for (;;) text = btoa(text) + atob(text);
};
