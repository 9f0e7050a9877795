// Hundreds of finally blocks, each with a loop of its own to terminate.
// expect: BRINK_CPU_LIMIT
function deep(depth) {
  try {
    if (depth > 0) deep(depth - 1);
    for (;;);
  } finally {
    for (;;);
  }
}
export default () => deep(400);
