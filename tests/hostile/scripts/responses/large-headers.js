// Headers that are just too large for one message.
// expect: BRINK_RESPONSE_HEAD_TOO_LARGE, BRINK_SCRIPT_ERROR, BRINK_BAD_RESPONSE
export default () => new Response('', { headers: { 'x-a': 'a'.repeat(40_000), 'x-b': 'b'.repeat(40_000) } });
