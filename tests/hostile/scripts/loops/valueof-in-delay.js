// valueOf() in a timer's delay, called when natives read their arguments.
// expect: BRINK_CPU_LIMIT
export default () => {
  setTimeout(() => {}, {
    valueOf() {
      for (;;);
    },
  });
};
