// waitUntil() that eats memory after the answer.
// expect: 200
export default (request, event) => {
  event.waitUntil(new Promise((resolve) => setTimeout(resolve, 5)).then(() => {
    const kept = [];
    for (;;) kept.push(new Array(10_000).fill(0.5));
  }));
  return new Response('answered');
};
