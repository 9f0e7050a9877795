// Fifty bodies that never end, none of them read.
// expect: BRINK_WALL_LIMIT, BRINK_SCRIPT_ERROR
// waits
export default async (request) => {
  const all = [];
  for (let i = 0; i < 50; i++) all.push(await fetch(`${request.headers.get('x-origin')}/endless`));
  return new Promise(() => all);
};
