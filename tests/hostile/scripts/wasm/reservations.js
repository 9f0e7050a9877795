// Thousands of empty memories: each reserves gigabytes of addresses.
// expect: BRINK_MEMORY_LIMIT, BRINK_CPU_LIMIT, BRINK_SCRIPT_ERROR
export default () => {
  const kept = [];
  for (;;) kept.push(new WebAssembly.Memory({ initial: 0, maximum: 65536 }));
};
