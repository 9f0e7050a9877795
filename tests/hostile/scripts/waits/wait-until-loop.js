// waitUntil() with a loop, after the answer.
// expect: 200
export default (request, event) => {
  event.waitUntil(new Promise((resolve) => setTimeout(resolve, 5)).then(() => {
    for (;;);
  }));
  return new Response('answered');
};
