// A client's body of 12 MB, read at once.
// expect: BRINK_BODY_TOO_LARGE
// request: POST 12000000
export default async (request) => new Response(String((await request.text()).length));
