// A thousand fetches at once.
// expect: BRINK_SUBREQUEST_LIMIT, BRINK_CPU_LIMIT
// waits
export default (request) => {
  const url = `${request.headers.get('x-origin')}/quick`;
  return Promise.all(Array.from({ length: 1000 }, (_, i) => fetch(`${url}?${i}`)));
};
