// Line breaks in header values and names.
// expect: 200
export default () => {
  const response = new Response('refused');
  for (const [name, value] of [['x-a', 'b\r\nx-evil: 1'], ['x-a\r\nx-evil', '1'], ['x-a', 'b\0c'],
    ['x:evil', '1'], ['', 'x']]) {
    try {
      response.headers.set(name, value);
      return new Response('accepted', { status: 500 });
    } catch {}
  }
  return response;
};
