// Log lines as fast as they go.
// expect: BRINK_CPU_LIMIT
export default () => {
  for (let i = 0; ; i++) console.log('a line of the flood', i);
};
