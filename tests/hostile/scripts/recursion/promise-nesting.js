// A promise resolved with a promise resolved with a promise, half a million deep.
// expect: BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT, 200
export default async () => {
  let promise = Promise.resolve(1);
  for (let i = 0; i < 500_000; i++) {
    const inner = promise;
    promise = new Promise((resolve) => resolve(inner));
  }
  return new Response(String(await promise));
};
