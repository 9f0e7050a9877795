// Timers that are due in a month, with large arguments, until there is no room.
// expect: BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT, BRINK_TIMER_LIMIT
export default () => {
  for (;;) setTimeout(() => {}, 2 ** 31 - 1, new Array(1000).fill('x'));
};
