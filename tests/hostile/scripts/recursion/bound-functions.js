// A function bound a million times, then called.
// expect: BRINK_SCRIPT_ERROR, BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT, 200
export default () => {
  let call = () => 1;
  for (let i = 0; i < 1e6; i++) call = call.bind(null);
  return new Response(String(call()));
};
