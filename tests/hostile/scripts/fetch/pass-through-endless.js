// A body that never ends, passed on to the client, who leaves.
// expect: left
// client: leaves after 4 MB
export default (request) => fetch(`${request.headers.get('x-origin')}/endless`);
