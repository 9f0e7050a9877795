// A body that sends its first byte and then nothing.
// expect: left
// client: leaves after 300 ms
export default () => new Response(new ReadableStream({
  start(controller) {
    controller.enqueue(new Uint8Array([33]));
  },
}));
