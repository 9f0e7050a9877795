// Headers that would change how the response is framed.
// expect: 200
export default () => new Response('four', {
  headers: { 'content-length': '1000000', 'transfer-encoding': 'gzip, chunked', connection: 'upgrade', upgrade: 'h2c' },
});
