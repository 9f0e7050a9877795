// fill() of an array that fits, for ever.
// expect: BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT
export default () => {
  const list = new Array(2 ** 21).fill(1);
  for (;;) list.fill(Math.random());
};
