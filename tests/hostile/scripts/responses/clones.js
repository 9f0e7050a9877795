// A response cloned ten thousand times, each branch unread.
// expect: BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT, BRINK_SCRIPT_ERROR, 200, broken
export default () => {
  const response = new Response(new ReadableStream({
    start(controller) {
      controller.enqueue(new Uint8Array(1 << 20));
      controller.close();
    },
  }));
  const kept = [];
  for (let i = 0; i < 10_000; i++) kept.push(response.clone());
  return response;
};
