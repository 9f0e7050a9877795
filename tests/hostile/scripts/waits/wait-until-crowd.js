// Many requests that each leave a promise open for ever.
// expect: 200
// waits
// client: 400 at once
export default (request, event) => {
  event.waitUntil(new Promise(() => {}));
  return new Response('answered');
};
