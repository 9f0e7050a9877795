// A buffer that is detached while the decoder reads its options.
// expect: 200, BRINK_SCRIPT_ERROR
export default () => {
  const bytes = new Uint8Array(1 << 20);
  return new Response(new TextDecoder().decode(bytes, {
    get stream() {
      bytes.buffer.transfer();
      return true;
    },
  }));
};
