// Symbol.toPrimitive in a header's value, a URL and a cookie.
// expect: BRINK_CPU_LIMIT
export default () => new Headers({ 'x-a': { [Symbol.toPrimitive]() { for (;;); } } });
