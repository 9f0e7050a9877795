// Reads a body that never ends.
// expect: BRINK_CPU_LIMIT, BRINK_WALL_LIMIT, BRINK_MEMORY_LIMIT, BRINK_SCRIPT_ERROR
// waits
// leaves state
export default async (request) => {
  const response = await fetch(`${request.headers.get('x-origin')}/endless`);
  return new Response(String((await response.arrayBuffer()).byteLength));
};
