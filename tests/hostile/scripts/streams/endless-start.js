// A body that enqueues all it can before anyone reads.
// expect: broken, BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT, BRINK_SCRIPT_ERROR
export default () => new Response(new ReadableStream({
  start(controller) {
    for (;;) controller.enqueue(new Uint8Array(1 << 20).fill(1));
  },
}));
