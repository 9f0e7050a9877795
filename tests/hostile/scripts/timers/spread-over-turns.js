// A little in each turn: the sum counts.
// expect: BRINK_CPU_LIMIT
// waits
export default async () => {
  for (;;) {
    for (let i = 0; i < 3e6; i++);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
};
