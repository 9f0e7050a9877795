// Hundreds of thousands of chunks of one byte.
// expect: 200, broken, BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT
export default () => new Response(new ReadableStream({
  start(controller) {
    for (let i = 0; i < 300_000; i++) controller.enqueue(new Uint8Array(1));
    controller.close();
  },
}));
