// Set-Cookie without an end.
// expect: BRINK_RESPONSE_HEAD_TOO_LARGE, BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT, BRINK_SCRIPT_ERROR, BRINK_BAD_RESPONSE
export default () => {
  const response = new Response('');
  for (let i = 0; ; i++) response.headers.append('set-cookie', `c${i}=${'v'.repeat(100)}`);
};
