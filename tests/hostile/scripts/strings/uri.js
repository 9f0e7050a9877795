// encodeURIComponent() of a huge string: three times its size.
// expect: BRINK_MEMORY_LIMIT, BRINK_CPU_LIMIT, BRINK_SCRIPT_ERROR
export default () => new Response(encodeURIComponent('\u20ac'.repeat(2 ** 25)));
