// The client leaves in the middle of the body that is being read.
// expect: left
// client: sends half, leaves after 200 ms
// request: POST 1000000
export default async (request) => new Response(await request.text());
