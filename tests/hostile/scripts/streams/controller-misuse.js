// Closes twice, enqueues after the end, cancels what is locked.
// expect: BRINK_SCRIPT_ERROR, broken
export default () => new Response(new ReadableStream({
  start(controller) {
    controller.close();
    controller.close();
    controller.enqueue(new Uint8Array(1));
  },
}));
