// Clones of a request's body, all of them kept.
// expect: BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT, BRINK_SCRIPT_ERROR, 200
// request: POST 4000000
export default async (request) => {
  const kept = [];
  for (let i = 0; i < 200; i++) kept.push(request.clone());
  const sizes = await Promise.all(kept.map(async (clone) => (await clone.arrayBuffer()).byteLength));
  return new Response(String(sizes.length));
};
