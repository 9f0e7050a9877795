// A proxy around a proxy, a hundred thousand deep.
// expect: BRINK_SCRIPT_ERROR, BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT, 200
export default () => {
  let proxy = {};
  for (let i = 0; i < 100_000; i++) proxy = new Proxy(proxy, {});
  return new Response(String(proxy.x));
};
