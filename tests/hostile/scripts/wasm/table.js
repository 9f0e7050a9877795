// Tables of ten million elements.
// expect: BRINK_MEMORY_LIMIT, BRINK_CPU_LIMIT, BRINK_SCRIPT_ERROR
export default () => {
  const kept = [];
  for (;;) kept.push(new WebAssembly.Table({ element: 'anyfunc', initial: 10_000_000 }));
};
