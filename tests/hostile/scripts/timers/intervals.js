// A thousand intervals of no delay.
// expect: BRINK_CPU_LIMIT, BRINK_TIMER_LIMIT, BRINK_WALL_LIMIT
// waits
export default () => {
  for (let i = 0; i < 1000; i++) setInterval(() => {}, 0);
  return new Promise(() => {});
};
