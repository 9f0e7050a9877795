// A thousand functions, each made hot: the compilers' memory.
// expect: BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT
export default () => {
  const kept = [];
  for (;;) {
    const add = (a, b) => a + b + kept.length;
    for (let i = 0; i < 20_000; i++) add(i, `${i}`);
    kept.push(add);
  }
};
