// Many endless bodies whose clients read nothing.
// expect: left, broken, BRINK_MEMORY_LIMIT, BRINK_WORKER_DIED
// leaves state
// client: reads nothing, 300 at once, leaves after 1000 ms
export default () => new Response(new ReadableStream({
  pull(controller) {
    controller.enqueue(new Uint8Array(65536));
  },
}));
