// A hundred thousand rejections that nobody handles.
// expect: 200, BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT
export default () => {
  for (let i = 0; i < 100_000; i++) Promise.reject(new Error(`unhandled ${i}`));
  return new Response('rejected');
};
