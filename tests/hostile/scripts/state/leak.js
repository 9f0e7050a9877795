// A module-level list that grows by some megabytes a request.
// expect: 200, BRINK_MEMORY_LIMIT, BRINK_CPU_LIMIT
// leaves state
const kept = [];
export default () => {
  for (let i = 0; i < 50; i++) kept.push(new Array(10_000).fill(i + 0.5));
  return new Response(String(kept.length));
};
