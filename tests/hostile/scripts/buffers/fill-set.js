// set(), slice() and fill() of tens of megabytes.
// expect: BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT, BRINK_SCRIPT_ERROR
export default () => {
  const list = new Uint8Array(30 << 20);
  for (;;) {
    list.set(list.subarray(0, 10 << 20), 5 << 20);
    list.fill(list.slice(0, 20 << 20)[3]);
  }
};
