// union() with a set-like that never ends.
// expect: BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT, BRINK_SCRIPT_ERROR
export default () => {
  let n = 0;
  return new Response(String(new Set().union({
    size: 1, has: () => true, keys: () => ({ next: () => ({ done: false, value: n++ }) }),
  }).size));
};
