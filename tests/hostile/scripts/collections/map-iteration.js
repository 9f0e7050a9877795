// A Map that grows under its own iteration.
// expect: BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT, BRINK_SCRIPT_ERROR
export default () => {
  const map = new Map([[0, 0]]);
  map.forEach((_, key) => map.delete(key) && map.set(key + 1, key));
};
