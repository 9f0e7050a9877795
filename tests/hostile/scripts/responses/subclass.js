// A Response whose class has hooks where the stdlib might look.
// expect: 200, BRINK_CPU_LIMIT, BRINK_SCRIPT_ERROR, BRINK_BAD_RESPONSE
export default () => {
  class Evil extends Response {
    get status() {
      for (;;);
    }
    get headers() {
      for (;;);
    }
    get body() {
      for (;;);
    }
  }
  return new Evil('hooks');
};
