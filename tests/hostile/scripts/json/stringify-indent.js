// Indentation of a deep value: quadratic.
// expect: BRINK_MEMORY_LIMIT, BRINK_CPU_LIMIT, BRINK_SCRIPT_ERROR
export default () => {
  let node = 1;
  for (let i = 0; i < 5000; i++) node = [node, node === 1 ? 1 : 2];
  for (;;) JSON.stringify(node, null, '          ');
};
