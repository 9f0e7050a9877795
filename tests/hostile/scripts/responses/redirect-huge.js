// A redirect to a URL of megabytes.
// expect: BRINK_RESPONSE_HEAD_TOO_LARGE, BRINK_SCRIPT_ERROR, BRINK_BAD_RESPONSE, BRINK_CPU_LIMIT
export default (request) => Response.redirect(new URL(`/?${'q'.repeat(4 << 20)}`, request.url));
