// TextEncoder over a string that takes three bytes a character.
// expect: BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT, BRINK_SCRIPT_ERROR
export default () => new Response(new TextEncoder().encode('\u20ac'.repeat(2 ** 25)));
