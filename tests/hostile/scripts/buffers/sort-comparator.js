// sort() of a typed array with a comparator that shrinks it.
// expect: BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT, BRINK_SCRIPT_ERROR, 200
export default () => {
  const buffer = new ArrayBuffer(8_000_000, { maxByteLength: 8_000_000 });
  const list = new Uint32Array(buffer);
  list.sort(() => {
    buffer.resize(8);
    return -1;
  });
  return new Response(String(list.length));
};
