// The client leaves while the script waits; its abort listener loops.
// expect: left
// client: leaves after 100 ms
export default (request) => {
  request.signal.addEventListener('abort', () => {
    for (;;);
  });
  return new Promise(() => {});
};
