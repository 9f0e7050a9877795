// Promise.all() of an iterable that never ends.
// expect: BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT
export default () => Promise.all({
  *[Symbol.iterator]() {
    for (;;) yield Promise.resolve();
  },
});
