// A WeakMap whose keys live: ephemerons are what a collector is slow at.
// expect: BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT, BRINK_SCRIPT_ERROR
export default () => {
  const map = new WeakMap();
  let key = {};
  const first = key;
  for (;;) {
    const next = {};
    map.set(key, { next });
    key = next;
  }
  return first;
};
