// A transform that makes two chunks of one, a hundred of them in a row.
// expect: broken, BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT, BRINK_SCRIPT_ERROR
export default () => {
  let stream = new Response('seed').body;
  for (let i = 0; i < 100; i++) {
    stream = stream.pipeThrough(new TransformStream({
      transform(chunk, controller) {
        controller.enqueue(chunk);
        controller.enqueue(chunk);
      },
    }));
  }
  return new Response(stream);
};
