// Catches the overflow at every depth and goes down again: 2^depth calls.
// expect: BRINK_CPU_LIMIT, BRINK_SCRIPT_ERROR
export default () => {
  const deep = () => {
    try {
      deep();
    } catch {
      deep();
    }
  };
  deep();
};
