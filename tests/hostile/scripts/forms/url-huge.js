// A URL of 60 MB with everything to be encoded.
// expect: BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT, BRINK_SCRIPT_ERROR
export default () => new Response(new URL(`http://x/${' \u00e4'.repeat(15 << 20)}`).pathname);
