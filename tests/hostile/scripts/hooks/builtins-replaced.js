// Builtins that the stdlib might call, replaced by loops.
// expect: 200, BRINK_CPU_LIMIT, BRINK_SCRIPT_ERROR
// own app
export default () => {
  const loop = () => {
    for (;;);
  };
  Array.prototype.push = loop;
  Map.prototype.get = loop;
  String.prototype.toLowerCase = loop;
  RegExp.prototype.exec = loop;
  Function.prototype.call = loop;
  Reflect.apply = loop;
  JSON.stringify = loop;
  return new Response('replaced', { headers: { 'X-Name': 'value' } });
};
