// A Set that grows until it can't.
// expect: BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT, BRINK_SCRIPT_ERROR
export default () => {
  const set = new Set();
  for (let i = 0; ; i++) set.add(i);
};
