// A buffer of a gigabyte.
// expect: BRINK_SCRIPT_ERROR, BRINK_MEMORY_LIMIT
export default () => new Response(String(new ArrayBuffer(2 ** 30).byteLength));
