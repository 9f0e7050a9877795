// An async function that awaits nothing, for ever.
// expect: BRINK_CPU_LIMIT
export default async () => {
  for (;;) await null;
};
