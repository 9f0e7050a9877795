// A form of a million fields, sent as the body.
// expect: BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT, BRINK_SCRIPT_ERROR
export default () => {
  const form = new FormData();
  for (let i = 0; i < 1_000_000; i++) form.append('field', `${i}`);
  return new Response(form);
};
