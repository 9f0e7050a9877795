// A rope of half a gigabyte, made flat.
// expect: BRINK_SCRIPT_ERROR, BRINK_MEMORY_LIMIT, BRINK_CPU_LIMIT
export default () => {
  let text = 'xy';
  for (let i = 0; i < 27; i++) text += text;
  return new Response(String(text.charCodeAt(12345) + text.indexOf('yy')));
};
