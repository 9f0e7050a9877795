// Spreads a generator that never ends.
// expect: BRINK_CPU_LIMIT
export default () => {
  function* numbers() {
    for (let i = 0; ; i++) yield i;
  }
  let sum = 0;
  for (const n of numbers()) sum += n;
};
