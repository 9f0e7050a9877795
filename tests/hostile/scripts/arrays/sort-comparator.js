// sort() with a comparator that contradicts itself and is slow.
// expect: BRINK_CPU_LIMIT
export default () => {
  const list = Array.from({ length: 20_000 }, (_, i) => i);
  for (;;) list.sort(() => Math.random() - 0.5);
};
