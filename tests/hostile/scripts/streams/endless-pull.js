// A body that gives a chunk at each pull, for ever.
// expect: left, broken, BRINK_CPU_LIMIT
// client: leaves after 16 MB
export default () => new Response(new ReadableStream({
  pull(controller) {
    controller.enqueue(new Uint8Array(64 * 1024));
  },
}));
