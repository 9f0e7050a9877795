// A status text of a megabyte.
// expect: BRINK_RESPONSE_HEAD_TOO_LARGE, BRINK_SCRIPT_ERROR, BRINK_BAD_RESPONSE
export default () => new Response('', { statusText: 's'.repeat(1 << 20) });
