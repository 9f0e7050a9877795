// delete() and set() in a long list of parameters.
// expect: BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT
export default () => {
  const url = new URL('http://x/');
  for (let i = 0; ; i++) url.searchParams.append(`p${i}`, 'v');
};
