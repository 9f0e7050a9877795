// Waits for a body that the client does not send.
// expect: BRINK_WALL_LIMIT
// waits
// client: sends half
// request: POST 100000
export default async (request) => new Response(await request.text());
