// Symbol.hasInstance, toPrimitive and iterator hooks that call one another.
// expect: BRINK_CPU_LIMIT, BRINK_SCRIPT_ERROR
export default () => {
  const hook = {
    [Symbol.toPrimitive]: () => [...hook],
    *[Symbol.iterator]() {
      for (;;) yield hook instanceof hook;
    },
    [Symbol.hasInstance]: () => true,
  };
  return new Response(`${hook}`);
};
