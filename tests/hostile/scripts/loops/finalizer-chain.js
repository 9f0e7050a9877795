// A finalizer that registers the next object: finalizers for ever.
// expect: 200
// leaves state
const registry = new FinalizationRegistry(() => {
  for (let i = 0; i < 1000; i++) registry.register({}, i);
  new Array(200_000).fill(0);
});
export default () => {
  for (let i = 0; i < 1000; i++) registry.register({}, i);
  new Array(200_000).fill(0);
  return new Response('registered');
};
