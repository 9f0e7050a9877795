// Rejections with hooks, reported after the answer.
// expect: 200, BRINK_CPU_LIMIT
export default () => {
  for (let i = 0; i < 100; i++) {
    Promise.reject({
      get stack() {
        for (;;);
      },
      get message() {
        for (;;);
      },
    });
  }
  return new Response('rejected');
};
