// replace() with a function, called a hundred million times.
// expect: BRINK_MEMORY_LIMIT, BRINK_CPU_LIMIT, BRINK_SCRIPT_ERROR
export default () => new Response('a'.repeat(2 ** 27).replace(/a/g, () => 'b'));
