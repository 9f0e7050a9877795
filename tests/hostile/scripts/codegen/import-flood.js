// Thousands of dynamic imports at once.
// expect: BRINK_SCRIPT_ERROR, BRINK_CPU_LIMIT, BRINK_WALL_LIMIT
// waits
export default () => Promise.all(Array.from({ length: 5000 }, (_, i) => import(`./none-${i}.js`)));
