// A promise that never settles.
// expect: BRINK_WALL_LIMIT
// waits
export default () => new Promise(() => {});
