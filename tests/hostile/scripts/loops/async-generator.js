// for await over an async generator that never ends.
// expect: BRINK_CPU_LIMIT
export default async () => {
  async function* numbers() {
    for (let i = 0; ; i++) yield i;
  }
  for await (const _ of numbers());
};
