// A getter that loops, read by Response's constructor.
// expect: BRINK_CPU_LIMIT
export default () => new Response(null, {
  get status() {
    for (;;);
  },
});
