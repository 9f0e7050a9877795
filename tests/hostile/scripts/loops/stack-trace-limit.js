// An unbounded stack trace, taken at the bottom of a deep recursion, again and again.
// expect: BRINK_CPU_LIMIT, BRINK_SCRIPT_ERROR, BRINK_MEMORY_LIMIT
// leaves state
export default () => {
  Error.stackTraceLimit = Infinity;
  const kept = [];
  const deep = (n) => (n === 0 ? kept.push(new Error('deep')) : deep(n - 1));
  for (;;) deep(5000);
};
