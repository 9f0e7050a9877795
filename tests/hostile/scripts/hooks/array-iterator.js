// The iterator of all arrays replaced by one that never ends.
// expect: 200, BRINK_CPU_LIMIT, BRINK_SCRIPT_ERROR
// own app
export default () => {
  Array.prototype[Symbol.iterator] = function* () {
    for (;;) yield this;
  };
  const response = new Response('iterated', { headers: [['x-a', 'b']] });
  response.headers.append('x-c', 'd');
  return response;
};
