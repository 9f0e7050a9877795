// A chain of causes that goes round in a circle, with getters.
// expect: BRINK_SCRIPT_ERROR
export default () => {
  const error = new Error('a');
  error.cause = new Error('b', { cause: error });
  throw error;
};
