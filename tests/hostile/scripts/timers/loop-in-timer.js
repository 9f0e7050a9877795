// A loop in a timer's callback.
// expect: BRINK_CPU_LIMIT
export default () => new Promise(() => setTimeout(() => {
  for (;;);
}, 5));
