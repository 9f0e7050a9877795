// Many bodies that send their first byte and then nothing.
// expect: left
// client: 300 at once, leaves after 300 ms
export default () => new Response(new ReadableStream({
  start(controller) {
    controller.enqueue(new Uint8Array([33]));
  },
}));
