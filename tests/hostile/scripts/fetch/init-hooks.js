// Hooks in the options of fetch().
// expect: BRINK_CPU_LIMIT
export default (request) => fetch(`${request.headers.get('x-origin')}/quick`, {
  get headers() {
    for (;;);
  },
});
