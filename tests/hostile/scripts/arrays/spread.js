// An array spread into calls and arrays, eight times as long each time.
// expect: BRINK_SCRIPT_ERROR, BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT
export default () => {
  let list = [1, 2, 3, 4];
  for (;;) list = [...list, ...list, ...list, ...list, ...list, ...list, ...list, ...list];
};
