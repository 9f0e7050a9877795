// tee() of tee() of tee(), with one branch read: the others keep it all.
// expect: BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT, BRINK_SCRIPT_ERROR
export default async () => {
  let stream = new ReadableStream({
    pull(controller) {
      controller.enqueue(new Uint8Array(1 << 20).fill(1));
    },
  });
  const kept = [];
  for (let i = 0; i < 20; i++) {
    const [left, right] = stream.tee();
    kept.push(left);
    stream = right;
  }
  const reader = stream.getReader();
  for (;;) await reader.read();
};
