// Starts and aborts fetches as fast as it can.
// expect: BRINK_CPU_LIMIT, BRINK_SUBREQUEST_LIMIT, BRINK_STREAM_LIMIT, BRINK_WALL_LIMIT, BRINK_MEMORY_LIMIT
// waits
export default async (request) => {
  for (;;) {
    const controller = new AbortController();
    const going = fetch(`${request.headers.get('x-origin')}/slow`, { signal: controller.signal });
    controller.abort();
    await going.catch(() => {});
  }
};
