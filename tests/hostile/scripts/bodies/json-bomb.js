// A client's body of 9 MB of brackets, parsed.
// expect: BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT, BRINK_SCRIPT_ERROR
// request: POST 9000000
export default async (request) => new Response(String((await request.json()).length));
