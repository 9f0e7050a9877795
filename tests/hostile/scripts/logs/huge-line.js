// A log line of 30 MB.
// expect: 200, BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT
export default () => {
  console.log('l'.repeat(30_000_000));
  return new Response('said it');
};
