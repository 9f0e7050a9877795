// A hundred thousand timers, all due soon.
// expect: BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT, BRINK_TIMER_LIMIT, BRINK_WALL_LIMIT
// waits
export default () => {
  for (let i = 0; i < 100_000; i++) setTimeout(() => {}, i % 100);
  return new Promise(() => {});
};
