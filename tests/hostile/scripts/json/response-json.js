// Response.json() of something that never ends.
// expect: BRINK_MEMORY_LIMIT, BRINK_CPU_LIMIT, BRINK_SCRIPT_ERROR
export default () => Response.json(new Proxy([], {
  get: (target, key) => (key === 'length' ? 2 ** 32 : key === 'toJSON' ? undefined : 'item'),
}));
