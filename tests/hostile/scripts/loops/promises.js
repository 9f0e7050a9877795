// A chain of promises without an end.
// expect: BRINK_CPU_LIMIT
export default () => {
  const turn = () => Promise.resolve().then(turn);
  return turn();
};
