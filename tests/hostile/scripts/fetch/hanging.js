// The origin never answers.
// expect: BRINK_WALL_LIMIT
// waits
export default (request) => fetch(`${request.headers.get('x-origin')}/hangs`);
