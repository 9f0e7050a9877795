// sort() of a typed array, which V8 does without looking up.
// expect: BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT, BRINK_SCRIPT_ERROR
export default () => {
  const list = new Float64Array(5_000_000);
  for (let i = 0; i < 1000; i++) list[i * 5000] = -i;
  for (;;) list.sort();
};
