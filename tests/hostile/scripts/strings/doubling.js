// s += s until it does not go on.
// expect: BRINK_SCRIPT_ERROR, BRINK_MEMORY_LIMIT, BRINK_CPU_LIMIT
export default () => {
  let text = 'x';
  for (;;) text += text;
};
