// cancel() that loops, for a client that leaves.
// expect: left
// client: leaves after 200 ms
export default () => new Response(new ReadableStream({
  async pull(controller) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    controller.enqueue(new Uint8Array(100));
  },
  cancel() {
    for (;;);
  },
}));
