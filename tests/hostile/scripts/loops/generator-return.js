// A generator's finally block, run by the end of a for-of loop.
// expect: BRINK_CPU_LIMIT
export default () => {
  function* one() {
    try {
      yield 1;
    } finally {
      for (;;);
    }
  }
  for (const _ of one()) break;
};
