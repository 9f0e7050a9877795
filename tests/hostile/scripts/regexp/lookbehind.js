// Repeated groups inside a look-behind: exponential, and read backwards.
// expect: BRINK_CPU_LIMIT
export default () => new Response(String(/(?<=b(a+)+)c/.test(`x${'a'.repeat(60)}c`)));
