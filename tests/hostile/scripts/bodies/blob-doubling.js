// Blobs of blobs, doubling.
// expect: BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT, BRINK_SCRIPT_ERROR
export default async () => {
  let blob = new Blob(['x'.repeat(1000)]);
  for (;;) blob = new Blob([blob, blob]);
};
