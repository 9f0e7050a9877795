// A buffer that is detached by valueOf() while fill() reads its arguments.
// expect: BRINK_SCRIPT_ERROR, 200
export default () => {
  const list = new Uint8Array(1 << 20);
  list.fill({ valueOf: () => (list.buffer.transfer(), 1) });
  return new Response(String(list.length));
};
