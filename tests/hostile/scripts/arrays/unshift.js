// unshift() and splice() at the front of a long array.
// expect: BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT
export default () => {
  const list = new Array(500_000).fill({});
  for (;;) {
    list.unshift(1, 2, 3);
    list.splice(1, 0, 4);
  }
};
