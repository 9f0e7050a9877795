// A thenable that resolves to itself: each await makes a new job.
// expect: BRINK_CPU_LIMIT
export default async () => {
  const thenable = { then: (resolve) => resolve(thenable) };
  await thenable;
};
