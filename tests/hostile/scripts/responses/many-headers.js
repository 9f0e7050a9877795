// A hundred thousand response headers.
// expect: BRINK_RESPONSE_HEAD_TOO_LARGE, BRINK_SCRIPT_ERROR, BRINK_BAD_RESPONSE, BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT
export default () => {
  const headers = new Headers();
  for (let i = 0; i < 100_000; i++) headers.append(`x-header-${i}`, 'value');
  return new Response('', { headers });
};
