// concat() of array-likes that say they are long.
// expect: BRINK_MEMORY_LIMIT, BRINK_CPU_LIMIT, BRINK_SCRIPT_ERROR
export default () => {
  const long = { length: 2 ** 31, [Symbol.isConcatSpreadable]: true };
  return new Response(String([].concat(long, long, long).length));
};
