// Millions of WeakRefs and registered objects.
// expect: BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT
export default () => {
  const registry = new FinalizationRegistry(() => {});
  const kept = [];
  for (let i = 0; ; i++) {
    const object = { i };
    kept.push(new WeakRef(object));
    registry.register(object, i);
  }
};
