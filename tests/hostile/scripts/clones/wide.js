// structuredClone() of something that doubles at each level.
// expect: BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT, BRINK_SCRIPT_ERROR
export default () => {
  let list = [1];
  for (;;) list = [list, structuredClone(list)];
};
