// Throws a value whose toString(), name and message loop, for whoever describes it.
// expect: BRINK_CPU_LIMIT, BRINK_SCRIPT_ERROR
export default () => {
  throw {
    toString() {
      for (;;);
    },
    get message() {
      for (;;);
    },
    get name() {
      for (;;);
    },
  };
};
