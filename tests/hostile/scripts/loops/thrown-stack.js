// Throws an error whose stack is a getter that loops.
// expect: BRINK_CPU_LIMIT, BRINK_SCRIPT_ERROR
export default () => {
  const error = new Error('look at my stack');
  Object.defineProperty(error, 'stack', {
    get() {
      for (;;);
    },
  });
  throw error;
};
