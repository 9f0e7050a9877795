// Rejects with a proxy, all of whose traps loop.
// expect: BRINK_CPU_LIMIT, BRINK_SCRIPT_ERROR
export default async () => {
  const loop = () => {
    for (;;);
  };
  throw new Proxy({}, { get: loop, has: loop, getPrototypeOf: loop, getOwnPropertyDescriptor: loop });
};
