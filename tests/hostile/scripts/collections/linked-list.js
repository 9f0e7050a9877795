// A linked list: the collector's marking has nothing to fan out over.
// expect: BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT
export default () => {
  let list = null;
  for (;;) list = { list };
};
