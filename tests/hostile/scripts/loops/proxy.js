// A proxy's traps that loop, called by the engine while it copies keys.
// expect: BRINK_CPU_LIMIT
export default () => ({ ...new Proxy({}, {
  ownKeys() {
    for (;;);
  },
}) });
