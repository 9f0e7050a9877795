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
const { defineProperty: reflectDefineProperty, setPrototypeOf } = Reflect;
/** The descriptor, a fresh literal, loses its prototype: nobody can put a `get` there. */
export function defineProperty(target, key, descriptor) {
  setPrototypeOf(descriptor, null);
  return reflectDefineProperty(target, key, descriptor);
}
export const ownKeys = Reflect.ownKeys;
export const getOwnPropertyDescriptor = Reflect.getOwnPropertyDescriptor;
export const isPrototypeOf = uncurryThis(Object.prototype.isPrototypeOf);
export const arrayJoin = uncurryThis(Array.prototype.join);
export const arraySlice = uncurryThis(Array.prototype.slice);
export const regExpExec = uncurryThis(RegExp.prototype.exec);
export const regExpTest = uncurryThis(RegExp.prototype.test);
export const toWellFormed = uncurryThis(String.prototype.toWellFormed);
export const stringSlice = uncurryThis(String.prototype.slice);
export const stringSplit = uncurryThis(String.prototype.split);
export const stringStartsWith = uncurryThis(String.prototype.startsWith);
export const stringTrim = uncurryThis(String.prototype.trim);
export const toLowerCase = uncurryThis(String.prototype.toLowerCase);
export const toUpperCase = uncurryThis(String.prototype.toUpperCase);

/**
 * For classes of records that never leave the bundle: their instances do not inherit from
 * Object.prototype, where an accessor of a script's would catch `this.name = value`.
 */
export function detach(Class) {
  setPrototypeOf(Class.prototype, null);
}

/** Sets a property of a public object as an own one, whatever its prototypes have. */
export function setOwn(object, key, value) {
  return defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
}

/** As the constructor's option of an error does. */
export function setCause(error, cause) {
  defineProperty(error, 'cause', { value: cause, writable: true, configurable: true });
  return error;
}

/** An error with a `code`, as Node.js has them. */
export function withCode(error, code) {
  setOwn(error, 'code', code);
  return error;
}

function safeCopy(Base) {
  const Safe = class extends Base {};
  for (const key of ownKeys(Base.prototype)) {
    if (key === 'constructor') continue;
    defineProperty(Safe.prototype, key, getOwnPropertyDescriptor(Base.prototype, key));
  }
  Object.setPrototypeOf(Safe.prototype, null);
  return Object.freeze(Safe);
}

/** Map and others whose methods user code cannot reach. */
export const SafeMap = safeCopy(Map);
export const SafeSet = safeCopy(Set);
export const SafeWeakMap = safeCopy(WeakMap);

const TypedArrayPrototype = Object.getPrototypeOf(Uint8Array.prototype);
/** "Uint8Array" and so on; undefined for what is no typed array. */
export const typedArrayName = uncurryThis(
  getOwnPropertyDescriptor(TypedArrayPrototype, Symbol.toStringTag).get,
);
const arrayBufferByteLength = uncurryThis(
  getOwnPropertyDescriptor(ArrayBuffer.prototype, 'byteLength').get,
);

export const indexOfByte = uncurryThis(TypedArrayPrototype.indexOf);

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

const isDetached = uncurryThis(getOwnPropertyDescriptor(ArrayBuffer.prototype, 'detached').get);

/**
 * The bytes that an ArrayBuffer or a view stands for, not copied (none when it was transferred);
 * undefined for anything else.
 */
export function viewBytes(value) {
  const view = isView(value);
  if (!view && !isArrayBuffer(value)) return undefined;
  if (isDetached(view ? value.buffer : value)) return new Uint8Array(0);
  return view
    ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
    : new Uint8Array(value);
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
