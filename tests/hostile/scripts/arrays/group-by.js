// Object.groupBy() into a group for each item.
// expect: BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT
export default () => new Response(String(Object.keys(
  Object.groupBy({ *[Symbol.iterator]() { for (let i = 0; ; i++) yield i; } }, (i) => `group ${i}`)).length));
