// A reviver that makes the value larger while it is walked.
// expect: BRINK_MEMORY_LIMIT, BRINK_CPU_LIMIT, BRINK_SCRIPT_ERROR
export default () => JSON.parse('{"a":1}', function grow(key, value) {
  return typeof value === 'number' ? JSON.parse('[1,1]', grow) : value;
});
