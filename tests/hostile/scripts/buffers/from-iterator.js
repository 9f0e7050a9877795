// A typed array from an iterator that never ends.
// expect: BRINK_CPU_LIMIT, BRINK_MEMORY_LIMIT, BRINK_SCRIPT_ERROR
export default () => Float64Array.from({ *[Symbol.iterator]() { for (;;) yield 1; } });
