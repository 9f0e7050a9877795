// transfer() to a larger size, again and again, the old ones written to.
// expect: BRINK_SCRIPT_ERROR, BRINK_MEMORY_LIMIT, BRINK_CPU_LIMIT
export default () => {
  let buffer = new ArrayBuffer(1024);
  for (;;) {
    new Uint8Array(buffer).fill(3);
    buffer = buffer.transfer(buffer.byteLength * 2);
  }
};
