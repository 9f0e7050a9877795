// waitUntil() that extends itself for ever.
// expect: 200
export default (request, event) => {
  const again = () => event.waitUntil(new Promise((resolve) => setTimeout(resolve, 1)).then(again));
  again();
  return new Response('answered');
};
