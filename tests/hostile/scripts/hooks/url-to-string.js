// toString() in a URL's base.
// expect: BRINK_CPU_LIMIT
export default () => new URL('/a', { toString() { for (;;); } });
