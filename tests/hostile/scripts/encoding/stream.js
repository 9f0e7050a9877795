// A decoder that is fed half a character at a time, a million times.
// expect: BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT
export default () => {
  const decoder = new TextDecoder('utf-16le');
  let text = '';
  for (;;) text += decoder.decode(new Uint8Array([0x3d]), { stream: true });
};
