// Uploads a body that never ends.
// expect: BRINK_CPU_LIMIT, BRINK_WALL_LIMIT, BRINK_SCRIPT_ERROR
// waits
export default (request) => fetch(`${request.headers.get('x-origin')}/swallows`, {
  method: 'POST',
  duplex: 'half',
  body: new ReadableStream({
    pull(controller) {
      controller.enqueue(new Uint8Array(64 * 1024));
    },
  }),
});
