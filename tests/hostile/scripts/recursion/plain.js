// Recursion without an end.
// expect: BRINK_SCRIPT_ERROR
export default () => {
  const deep = () => deep() + 1;
  return deep();
};
