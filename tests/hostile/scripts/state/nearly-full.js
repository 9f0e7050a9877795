// Leaves the heap nearly full for those who come after.
// expect: 200, BRINK_MEMORY_LIMIT, BRINK_CPU_LIMIT
// leaves state
globalThis.nearlyFull = [];
export default () => {
  while (globalThis.nearlyFull.length < 380) globalThis.nearlyFull.push(new Array(14_000).fill(1.5));
  return new Response('nearly full');
};
