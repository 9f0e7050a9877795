// Recursion through a builtin's callback.
// expect: BRINK_SCRIPT_ERROR, BRINK_CPU_LIMIT
export default () => {
  const deep = () => 'ab'.replace(/a/, deep);
  return new Response(deep());
};
