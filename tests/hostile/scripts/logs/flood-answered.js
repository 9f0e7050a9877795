// Ten thousand log lines, then an answer.
// expect: 200, BRINK_CPU_LIMIT
export default () => {
  for (let i = 0; i < 10_000; i++) console.error('line', i);
  return new Response('said it');
};
