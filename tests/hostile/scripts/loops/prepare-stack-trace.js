// The hook that V8 calls to format a stack, with a loop in it.
// expect: BRINK_CPU_LIMIT, BRINK_SCRIPT_ERROR
// leaves state
export default () => {
  Error.prepareStackTrace = () => {
    for (;;);
  };
  throw new Error('format me');
};
