// Headers from an iterable that never ends.
// expect: BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT, BRINK_SCRIPT_ERROR
export default () => new Response('', {
  headers: { *[Symbol.iterator]() { for (let i = 0; ; i++) yield [`x-${i}`, 'v']; } },
});
