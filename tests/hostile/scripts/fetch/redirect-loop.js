// An origin that redirects for ever.
// expect: BRINK_SCRIPT_ERROR
// waits
export default (request) => fetch(`${request.headers.get('x-origin')}/redirects`);
