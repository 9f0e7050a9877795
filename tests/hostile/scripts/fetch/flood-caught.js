// Fetches for ever, each refusal caught.
// expect: BRINK_CPU_LIMIT, BRINK_WALL_LIMIT, BRINK_MEMORY_LIMIT
// waits
export default async (request) => {
  const origin = request.headers.get('x-origin');
  for (;;) await fetch(`${origin}/quick`).catch(() => {});
};
