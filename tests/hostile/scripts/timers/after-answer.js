// Timers that loop after the answer was sent.
// expect: 200
export default () => {
  for (let i = 0; i < 10; i++) {
    setTimeout(() => {
      for (;;);
    }, i);
  }
  return new Response('answered');
};
