// A body whose pull() loops after the head was sent.
// expect: broken, BRINK_CPU_LIMIT
export default () => new Response(new ReadableStream({
  pull() {
    for (;;);
  },
}, { highWaterMark: 0 }));
