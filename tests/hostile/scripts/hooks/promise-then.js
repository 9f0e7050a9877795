// Promise.prototype.then replaced by a loop.
// expect: BRINK_CPU_LIMIT, 200
// own app
export default async () => {
  Promise.prototype.then = () => {
    for (;;);
  };
  await new Promise((resolve) => setTimeout(resolve, 1)).then(() => {});
  return new Response('then');
};
