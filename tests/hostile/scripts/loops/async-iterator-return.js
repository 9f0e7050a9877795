// An async iterator whose return() never settles: the loop can't be left.
// expect: BRINK_WALL_LIMIT
// waits
export default async () => {
  const iterable = {
    [Symbol.asyncIterator]: () => ({
      next: async () => ({ done: false, value: 1 }),
      return: () => new Promise(() => {}),
    }),
  };
  for await (const _ of iterable) break;
};
