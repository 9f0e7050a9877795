// apply() with a proxy that says it is long.
// expect: BRINK_SCRIPT_ERROR, BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT
export default () => new Response(String(Math.max.apply(null,
  new Proxy({}, { get: (_, key) => (key === 'length' ? 2 ** 31 : 1) }))));
