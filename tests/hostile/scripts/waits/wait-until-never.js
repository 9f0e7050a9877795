// waitUntil() with a promise that never settles.
// expect: 200
export default (request, event) => {
  for (let i = 0; i < 1000; i++) event.waitUntil(new Promise(() => {}));
  return new Response('answered');
};
