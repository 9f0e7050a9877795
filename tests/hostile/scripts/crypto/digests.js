// Digests of a large buffer, thousands at a time.
// expect: BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT, BRINK_SCRIPT_ERROR
export default async () => {
  const bytes = new Uint8Array(20 << 20);
  for (;;) {
    crypto.getRandomValues(bytes.subarray(0, 65536));
    await crypto.subtle?.digest('SHA-512', bytes);
  }
};
