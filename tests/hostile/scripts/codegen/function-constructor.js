// Every way to a Function constructor.
// expect: 200
export default () => {
  const ways = [
    () => new Function('return 1')(),
    () => (async () => {}).constructor('return 1')(),
    () => (function* () {}).constructor('yield 1')(),
    () => Reflect.construct(Function, ['return 1']),
    () => setTimeout.constructor('return 1')(),
    () => globalThis.eval('1'),
  ];
  const open = ways.filter((way) => {
    try {
      way();
      return true;
    } catch {
      return false;
    }
  });
  if (open.length > 0) throw new Error(`open: ${open.join()}`);
  return new Response('all closed');
};
