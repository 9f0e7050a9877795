// esbuild's `--inject` replaces every free use of these names in the bundle (third-party code
// included) by an import from here: user code shares the context and may overwrite the globals, and
// that must not reach the code that accounts for requests.
const g = globalThis;
const { Array, ArrayBuffer, BigInt, Boolean, DataView, Date, Error, Function, JSON, Map, Math, Number,
  Object, Promise, Proxy, RangeError, Reflect, RegExp, Set, String, Symbol, SyntaxError, TypeError,
  Uint16Array, Uint32Array, Uint8Array, WeakMap, WeakSet, decodeURIComponent, encodeURIComponent, isNaN,
  parseFloat, parseInt } = g;
export { Array, ArrayBuffer, BigInt, Boolean, DataView, Date, Error, Function, JSON, Map, Math, Number,
  Object, Promise, Proxy, RangeError, Reflect, RegExp, Set, String, Symbol, SyntaxError, TypeError,
  Uint16Array, Uint32Array, Uint8Array, WeakMap, WeakSet, decodeURIComponent, encodeURIComponent, isNaN,
  parseFloat, parseInt };
