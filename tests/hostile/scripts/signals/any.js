// AbortSignal.any() of any() of any().
// expect: BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT, BRINK_SCRIPT_ERROR
export default () => {
  let signals = [new AbortController().signal];
  for (;;) signals = [AbortSignal.any(signals), AbortSignal.any(signals), ...signals];
};
