// One chunk of 40 MB.
// expect: 200, broken, BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT, BRINK_SCRIPT_ERROR
export default () => new Response(new ReadableStream({
  start(controller) {
    controller.enqueue(new Uint8Array(40 << 20));
    controller.close();
  },
}));
