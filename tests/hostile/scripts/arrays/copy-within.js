// copyWithin(), reverse() and with() on large arrays.
// expect: BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT
export default () => {
  let list = new Array(1_000_000).fill('x');
  for (;;) list = list.copyWithin(1, 0).toReversed().with(0, 'y');
};
