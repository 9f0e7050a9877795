import {
  defineProperty,
  getOwnPropertyDescriptor,
  ownKeys,
  setOwn,
  toWellFormed,
} from './primordials.js';

/**
 * Passed as first argument to constructors to reach their internal form; never leaves the bundle.
 */
export const INTERNAL = Symbol('internal');

/** What @edge-runtime/format asks objects for when the console prints them. */
export const inspect = Symbol.for('edge-runtime.inspect.custom');

/** For `inspect`: an object of these members of `self`. */
export function membersOf(self, names) {
  const members = {};
  for (let i = 0; i < names.length; i++) setOwn(members, names[i], self[names[i]]);
  return members;
}

/** Gives a class the property descriptors of a Web IDL interface. */
export function defineInterface(Class, name) {
  defineProperty(Class, 'name', { value: name, configurable: true });
  makeEnumerable(Class.prototype);
  makeEnumerable(Class, ['prototype', 'length', 'name']);
  defineProperty(Class.prototype, Symbol.toStringTag, { value: name, configurable: true });
}

function makeEnumerable(target, except = ['constructor']) {
  for (const key of ownKeys(target)) {
    if (typeof key !== 'string' || except.includes(key)) continue;
    const descriptor = getOwnPropertyDescriptor(target, key);
    descriptor.enumerable = true;
    defineProperty(target, key, descriptor);
  }
}

export function defineConstants(Class, constants) {
  for (const [key, value] of Object.entries(constants)) {
    const descriptor = { value, enumerable: true };
    defineProperty(Class, key, descriptor);
    defineProperty(Class.prototype, key, descriptor);
  }
}

export function requireArguments(count, needed, what) {
  if (count < needed) {
    throw new TypeError(
      `${what}: ${needed} argument${needed === 1 ? '' : 's'} required, ` +
        `but only ${count} present.`,
    );
  }
}

export function illegalInvocation() {
  return new TypeError('Illegal invocation');
}

/** USVString: lone surrogates become U+FFFD. */
export function usvString(value) {
  return toWellFormed(typeof value === 'string' ? value : `${value}`);
}

/** A dictionary argument: undefined and null mean "empty". */
export function dictionary(value, what) {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'object' && typeof value !== 'function') {
    throw new TypeError(`${what} is not an object.`);
  }
  return value;
}

const IteratorPrototype = Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]()));

/**
 * Adds entries, keys, values, forEach and @@iterator of a Web IDL pair iterable.
 * @param {Function} Class
 * @param {string} name
 * @param {(self: object) => Array<[any, any]>} pairs the current pairs; throws on a wrong `self`.
 *   Called for every step, as the standard wants iterators to follow changes.
 */
export function definePairIterable(Class, name, pairs) {
  class PairIterator {
    #target;
    #kind;
    #index = 0;
    constructor(target, kind) {
      this.#target = target;
      this.#kind = kind;
    }
    next() {
      if (!(#target in this)) throw illegalInvocation();
      const list = pairs(this.#target);
      if (this.#index >= list.length) return { value: undefined, done: true };
      const pair = list[this.#index++];
      const kind = this.#kind;
      return { value: kind === 2 ? [pair[0], pair[1]] : pair[kind], done: false };
    }
  }
  const proto = Object.create(IteratorPrototype);
  defineProperty(proto, 'next', {
    value: PairIterator.prototype.next,
    writable: true,
    enumerable: true,
    configurable: true,
  });
  defineProperty(proto, Symbol.toStringTag, { value: `${name} Iterator`, configurable: true });
  function make(self, kind) {
    pairs(self);
    return Object.setPrototypeOf(new PairIterator(self, kind), proto);
  }
  const methods = {
    entries() {
      return make(this, 2);
    },
    keys() {
      return make(this, 0);
    },
    values() {
      return make(this, 1);
    },
    forEach(callback, thisArg = undefined) {
      let list = pairs(this);
      if (typeof callback !== 'function') {
        throw new TypeError(`${name}.forEach: the callback is not a function.`);
      }
      for (let i = 0; i < list.length; i++) {
        Reflect.apply(callback, thisArg, [list[i][1], list[i][0], this]);
        list = pairs(this);
      }
    },
  };
  for (const key of ownKeys(methods)) {
    const descriptor = {
      value: methods[key],
      writable: true,
      enumerable: true,
      configurable: true,
    };
    defineProperty(Class.prototype, key, descriptor);
  }
  defineProperty(Class.prototype, Symbol.iterator, {
    value: methods.entries,
    writable: true,
    configurable: true,
  });
}
