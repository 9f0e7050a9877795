// A new hidden class for each object.
// expect: BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT
export default () => {
  const kept = [];
  for (let i = 0; ; i++) kept.push({ [`a${i}`]: 1, [`b${i}`]: 2, [`c${i % 7}`]: 3 });
};
