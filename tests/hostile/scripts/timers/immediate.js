// A timer of no delay that starts the next two.
// expect: BRINK_CPU_LIMIT, BRINK_TIMER_LIMIT, BRINK_WALL_LIMIT
// waits
export default () => {
  const turn = () => {
    setTimeout(turn, 0);
    setTimeout(turn, 0);
  };
  turn();
  return new Promise(() => {});
};
