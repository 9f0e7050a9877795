// A response header of 100 MB.
// expect: BRINK_RESPONSE_HEAD_TOO_LARGE, BRINK_SCRIPT_ERROR, BRINK_BAD_RESPONSE, BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT
export default () => new Response('', { headers: { 'x-huge': 'h'.repeat(100_000_000) } });
