// A finally block that runs on when its try block is terminated.
// expect: BRINK_CPU_LIMIT
export default () => {
  try {
    for (;;);
  } finally {
    for (;;);
  }
};
