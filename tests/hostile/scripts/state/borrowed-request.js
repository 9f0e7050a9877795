// Keeps every request and answers with a body of an earlier one.
// expect: 200, BRINK_BAD_RESPONSE, BRINK_SCRIPT_ERROR
// leaves state
const kept = [];
export default (request) => {
  kept.push(request, new Response('mine'));
  const earlier = kept[Math.max(0, kept.length - 4)];
  return kept.length > 4 ? new Response(earlier.url + earlier.headers.get('host')) : new Response('first');
};
