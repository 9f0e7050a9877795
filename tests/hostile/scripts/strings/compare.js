// localeCompare() of two huge strings that differ in their last character.
// expect: BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT, BRINK_SCRIPT_ERROR
export default () => {
  const text = '\u00e4b'.repeat(2 ** 24);
  return new Response(String(`${text}a`.localeCompare(`${text}b`, 'de')));
};
