// A finalizer that loops, run by the collector's task after the answer.
// expect: 200, BRINK_CPU_LIMIT
// leaves state
const registry = new FinalizationRegistry(() => {
  for (;;);
});
export default () => {
  for (let i = 0; i < 100; i++) registry.register({}, i);
  let garbage = [];
  for (let i = 0; i < 20; i++) garbage = new Array(100_000).fill(i);
  return new Response(String(garbage.length));
};
