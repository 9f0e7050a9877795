// A client's body with millions of form fields.
// expect: BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT, BRINK_SCRIPT_ERROR
// request: POST 9000000 application/x-www-form-urlencoded
export default async (request) => new Response(String([...await request.formData()].length));
