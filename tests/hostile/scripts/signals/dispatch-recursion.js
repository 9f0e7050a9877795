// An event listener that dispatches the event it listens to.
// expect: 200, BRINK_SCRIPT_ERROR, BRINK_CPU_LIMIT
export default () => {
  const target = new EventTarget();
  target.addEventListener('x', () => target.dispatchEvent(new Event('x')));
  target.dispatchEvent(new Event('x'));
  return new Response('dispatched');
};
