// Squares until V8 refuses.
// expect: BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT, BRINK_SCRIPT_ERROR
export default () => {
  let n = 3n;
  for (;;) n *= n;
};
