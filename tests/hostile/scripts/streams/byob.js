// A byte stream that answers a read with a buffer of its own, detached.
// expect: BRINK_SCRIPT_ERROR, broken
export default async () => {
  const stream = new ReadableStream({
    type: 'bytes',
    pull(controller) {
      controller.byobRequest.view.buffer.transfer();
      controller.byobRequest.respond(10);
    },
  });
  const { value } = await stream.getReader({ mode: 'byob' }).read(new Uint8Array(10));
  return new Response(value);
};
