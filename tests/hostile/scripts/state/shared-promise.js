// Every request waits for a promise that only the next one settles.
// expect: 200, BRINK_WALL_LIMIT, BRINK_BAD_RESPONSE, BRINK_SCRIPT_ERROR
// leaves state
// waits
let settle = () => {};
export default () => {
  settle(new Response('from another request'));
  return new Promise((resolve) => {
    settle = resolve;
  });
};
