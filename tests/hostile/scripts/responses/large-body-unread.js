// A body of 8 MB for a client that reads none of it, and leaves.
// expect: left
// client: reads nothing, leaves after 300 ms
export default () => new Response('body'.repeat(2 ** 21));
