// Intrinsics that the dispatcher relies on, taken before user code can change them.
const { bind, call } = Function.prototype;

/**
 * `uncurryThis(f)(self, ...args)` is `f.call(self, ...args)`, whatever happens to
 * Function.prototype.
 */
export const uncurryThis = bind.bind(call);

export const jsonParse = JSON.parse;
export const jsonStringify = JSON.stringify;
export const isArray = Array.isArray;
export const isView = ArrayBuffer.isView;
export const defineProperty = Reflect.defineProperty;
export const ownKeys = Reflect.ownKeys;
export const getOwnPropertyDescriptor = Reflect.getOwnPropertyDescriptor;
export const arrayJoin = uncurryThis(Array.prototype.join);
export const arraySlice = uncurryThis(Array.prototype.slice);
export const regExpTest = uncurryThis(RegExp.prototype.test);
export const toWellFormed = uncurryThis(String.prototype.toWellFormed);
export const toLowerCase = uncurryThis(String.prototype.toLowerCase);
export const toUpperCase = uncurryThis(String.prototype.toUpperCase);

function safeCopy(Base) {
  const Safe = class extends Base {};
  for (const key of ownKeys(Base.prototype)) {
    if (key === 'constructor') continue;
    defineProperty(Safe.prototype, key, getOwnPropertyDescriptor(Base.prototype, key));
  }
  Object.setPrototypeOf(Safe.prototype, null);
  return Object.freeze(Safe);
}

/** Map and Set whose methods user code cannot reach. */
export const SafeMap = safeCopy(Map);
export const SafeSet = safeCopy(Set);

const TypedArrayPrototype = Object.getPrototypeOf(Uint8Array.prototype);
/** "Uint8Array" and so on; undefined for what is no typed array. */
export const typedArrayName = uncurryThis(
  getOwnPropertyDescriptor(TypedArrayPrototype, Symbol.toStringTag).get,
);
const arrayBufferByteLength = uncurryThis(
  getOwnPropertyDescriptor(ArrayBuffer.prototype, 'byteLength').get,
);

export function isUint8Array(value) {
  return typedArrayName(value) === 'Uint8Array';
}

export function isArrayBuffer(value) {
  if (typeof value !== 'object' || value === null) return false;
  try {
    arrayBufferByteLength(value);
    return true;
  } catch {
    return false;
  }
}

/** The bytes that an ArrayBuffer or a view stands for, not copied; undefined for anything else. */
export function viewBytes(value) {
  if (isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  if (isArrayBuffer(value)) return new Uint8Array(value);
  return undefined;
}

/** Joins chunks into one Uint8Array; a single chunk is handed back as it is. */
export function concatBytes(chunks, total) {
  if (chunks.length === 1) return chunks[0];
  const all = new Uint8Array(total);
  let offset = 0;
  for (let i = 0; i < chunks.length; i++) {
    all.set(chunks[i], offset);
    offset += chunks[i].length;
  }
  return all;
}
