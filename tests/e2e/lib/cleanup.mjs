// What a test starts ends with it, last first, all of it even when one ending fails.

const registered = new WeakMap();

/** Calls `end` when the test (or the group of tests) `t` is over. */
export function cleanUp(t, end) {
  if (registered.has(t)) return void registered.get(t).push(end);
  const endings = [end];
  registered.set(t, endings);
  t.after(async () => {
    const errors = [];
    while (endings.length > 0) {
      try {
        await endings.pop()();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  });
}
