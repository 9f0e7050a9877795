// concat() that doubles.
// expect: BRINK_MEMORY_LIMIT, BRINK_CPU_LIMIT, BRINK_SCRIPT_ERROR
export default () => {
  let list = [{}];
  for (;;) list = list.concat(list);
};
