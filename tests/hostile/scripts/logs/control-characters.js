// Escape sequences and line breaks, to forge lines of the log.
// expect: 200
export default () => {
  console.log('\u001b[2J\r\n{"level":"error","forged":true}\u0000\u2028');
  return new Response('said it');
};
