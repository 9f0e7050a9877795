// A prototype chain that a proxy makes endless.
// expect: BRINK_CPU_LIMIT, BRINK_SCRIPT_ERROR
export default () => {
  const proxy = new Proxy({}, { getPrototypeOf: () => proxy });
  return new Response(String(proxy instanceof Map));
};
