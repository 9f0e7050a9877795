// Array.from() of an iterator that never ends.
// expect: BRINK_MEMORY_LIMIT, BRINK_CPU_LIMIT
export default () => Array.from({
  [Symbol.iterator]: () => ({ next: () => ({ done: false, value: 'x' }) }),
});
