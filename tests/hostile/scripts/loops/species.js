// Symbol.species and constructors that call back into the loop.
// expect: BRINK_CPU_LIMIT, BRINK_SCRIPT_ERROR
export default () => {
  class Evil extends Array {
    static get [Symbol.species]() {
      for (;;);
    }
  }
  return new Evil(10).map((x) => x);
};
