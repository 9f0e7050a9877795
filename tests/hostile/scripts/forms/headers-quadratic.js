// A hundred thousand values of one header, combined.
// expect: BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT, BRINK_SCRIPT_ERROR
export default () => {
  const headers = new Headers();
  for (;;) {
    headers.append('x-list', 'value '.repeat(100));
    headers.get('x-list');
  }
};
