// A replacement that multiplies the subject at each match.
// expect: BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT, BRINK_SCRIPT_ERROR
export default () => {
  let text = 'a'.repeat(1000);
  for (;;) text = text.replace(/a/g, '$&$&$`');
};
