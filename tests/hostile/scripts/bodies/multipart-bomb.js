// A client's body that is a multipart form of nothing but boundaries.
// expect: BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT, BRINK_SCRIPT_ERROR
// request: POST 9000000 multipart/form-data; boundary=[
export default async (request) => new Response(String([...await request.formData()].length));
