// The globals deleted and frozen.
// expect: 200, BRINK_SCRIPT_ERROR
// own app
export default () => {
  const response = new Response('gone');
  for (const name of Object.getOwnPropertyNames(globalThis)) {
    try {
      delete globalThis[name];
    } catch {}
  }
  Object.freeze(globalThis);
  return response;
};
