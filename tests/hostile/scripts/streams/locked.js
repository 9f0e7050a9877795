// Returns a body that is locked.
// expect: BRINK_BAD_RESPONSE, BRINK_SCRIPT_ERROR
export default () => {
  const response = new Response('text');
  response.body.getReader();
  return response;
};
