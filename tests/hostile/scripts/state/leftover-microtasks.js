// Microtasks that a terminated turn leaves behind.
// expect: BRINK_CPU_LIMIT
export default () => {
  for (let i = 0; i < 100; i++) {
    queueMicrotask(() => {
      for (;;);
    });
  }
  for (;;);
};
