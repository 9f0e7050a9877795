// Values whose hooks loop when the console looks at them.
// expect: BRINK_CPU_LIMIT, 200
export default () => {
  const loop = () => {
    for (;;);
  };
  console.log('%s %o', new Proxy({}, { get: loop, ownKeys: loop }), { toString: loop, [Symbol.toPrimitive]: loop });
  return new Response('said it');
};
