// A queuing strategy whose size() loops.
// expect: BRINK_CPU_LIMIT, broken
export default () => new Response(new ReadableStream({
  pull(controller) {
    controller.enqueue(new Uint8Array(1));
  },
}, {
  size() {
    for (;;);
  },
}));
