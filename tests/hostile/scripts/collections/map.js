// A Map that grows until it can't.
// expect: BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT, BRINK_SCRIPT_ERROR
export default () => {
  const map = new Map();
  for (let i = 0; ; i++) map.set(i, [i]);
};
