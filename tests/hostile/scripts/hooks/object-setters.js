// Setters on Object.prototype and Array.prototype for names that a library might use.
// expect: 200, BRINK_CPU_LIMIT, BRINK_SCRIPT_ERROR
// own app
export default () => {
  for (const name of ['0', '1', 'status', 'headers', 'body', 'then', 'get', 'value', 'done', 'signal', 'id']) {
    for (const prototype of [Object.prototype, Array.prototype]) {
      Object.defineProperty(prototype, name, {
        configurable: true,
        set() {
          for (;;);
        },
      });
    }
  }
  return new Response('set');
};
