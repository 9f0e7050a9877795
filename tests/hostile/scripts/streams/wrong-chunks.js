// Chunks that are not bytes.
// expect: broken, BRINK_SCRIPT_ERROR, BRINK_BAD_RESPONSE
export default () => new Response(new ReadableStream({
  start(controller) {
    controller.enqueue({ toString: () => { for (;;); } });
    controller.close();
  },
}));
