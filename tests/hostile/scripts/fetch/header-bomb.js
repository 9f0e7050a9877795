// A request with more and larger headers than any origin takes.
// expect: BRINK_SCRIPT_ERROR, BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT
export default (request) => {
  const headers = new Headers();
  for (let i = 0; i < 5000; i++) headers.set(`x-header-${i}`, 'v'.repeat(1000));
  return fetch(`${request.headers.get('x-origin')}/quick`, { headers });
};
