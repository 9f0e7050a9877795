// Fetches that nobody waits for, behind an answer.
// expect: 200
export default (request) => {
  for (let i = 0; i < 40; i++) fetch(`${request.headers.get('x-origin')}/slow`);
  return new Response('on my way');
};
