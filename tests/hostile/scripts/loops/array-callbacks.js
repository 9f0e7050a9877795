// Array methods over an array that grows under them.
// expect: BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT
export default () => {
  const list = [1];
  for (const item of list) list.push(item);
};
