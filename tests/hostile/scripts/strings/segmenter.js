// Intl.Segmenter over a huge string: ICU takes no notice of memory that it did not get.
// expect: BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT, BRINK_WORKER_DIED, 200
export default () => {
  const words = [...new Intl.Segmenter('th', { granularity: 'word' }).segment('\u0e01\u0e02 '.repeat(2 ** 22))];
  return new Response(String(words.length));
};
