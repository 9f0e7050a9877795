// https://url.spec.whatwg.org/#interface-urlsearchparams
import { natives } from './natives.js';
import { toWellFormed } from './primordials.js';
import {
  defineInterface,
  definePairIterable,
  illegalInvocation,
  inspect,
  INTERNAL,
  requireArguments,
  usvString,
} from './webidl.js';

const HEX = [];
for (let i = 0; i < 256; i++) {
  const digit =
    i >= 48 && i <= 57 ? i - 48 : i >= 65 && i <= 70 ? i - 55 : i >= 97 && i <= 102 ? i - 87 : -1;
  HEX[i] = digit;
}

/** Percent-decodes to bytes and decodes them as UTF-8, as the standard does. */
function decodeSlowly(text) {
  const bytes = natives.utf8Encode(text);
  let to = 0;
  for (let i = 0; i < bytes.length; i++, to++) {
    const high = bytes[i] === 37 && i + 2 < bytes.length ? HEX[bytes[i + 1]] : -1;
    const low = high >= 0 ? HEX[bytes[i + 2]] : -1;
    if (low >= 0) {
      bytes[to] = high * 16 + low;
      i += 2;
    } else {
      bytes[to] = bytes[i];
    }
  }
  return natives.utf8Decode(bytes.subarray(0, to), false);
}

function decodeComponent(text) {
  if (text.includes('+')) text = text.replaceAll('+', ' ');
  if (!text.includes('%')) return toWellFormed(text);
  try {
    return decodeURIComponent(text);
  } catch {
    return decodeSlowly(text);
  }
}

/**
 * https://url.spec.whatwg.org/#concept-urlencoded-parser
 * @param {string} text without a leading "?"
 * @returns {Array<[string, string]>}
 */
export function parseUrlEncoded(text) {
  const pairs = [];
  let start = 0;
  while (start <= text.length) {
    let end = text.indexOf('&', start);
    if (end < 0) end = text.length;
    if (end > start) {
      const equals = text.indexOf('=', start);
      const split = equals < 0 || equals > end ? end : equals;
      pairs[pairs.length] = [
        decodeComponent(text.slice(start, split)),
        split === end ? '' : decodeComponent(text.slice(split + 1, end)),
      ];
    }
    start = end + 1;
  }
  return pairs;
}

const PLAIN = /^[A-Za-z0-9*\-._]*$/;
const ESCAPES = { '!': '%21', "'": '%27', '(': '%28', ')': '%29', '~': '%7E', '%20': '+' };

function encodeComponent(text) {
  if (PLAIN.test(text)) return text;
  return encodeURIComponent(toWellFormed(text)).replace(/[!'()~]|%20/g, (match) => ESCAPES[match]);
}

/** https://url.spec.whatwg.org/#concept-urlencoded-serializer */
export function serializeUrlEncoded(pairs) {
  let text = '';
  for (let i = 0; i < pairs.length; i++) {
    text += `${i === 0 ? '' : '&'}${encodeComponent(pairs[i][0])}=${encodeComponent(pairs[i][1])}`;
  }
  return text;
}

let resetPairs;
let isUrlSearchParams;

export class URLSearchParams {
  #pairs;
  /** The UrlState that follows this list; null: none. */
  #owner = null;

  /**
   * @param {string | Iterable<[string, string]> | Record<string, string>} [init]
   * Internal form: (INTERNAL, query without "?", owner).
   */
  constructor(init = '', query, owner) {
    if (init === INTERNAL) {
      this.#pairs = parseUrlEncoded(query);
      this.#owner = owner;
      return;
    }
    if ((typeof init === 'object' && init !== null) || typeof init === 'function') {
      if (#pairs in init && init[Symbol.iterator] === URLSearchParams.prototype[Symbol.iterator]) {
        this.#pairs = init.#pairs.map((pair) => [pair[0], pair[1]]);
        return;
      }
      this.#pairs = pairsFrom(init);
      return;
    }
    init = usvString(init);
    this.#pairs = parseUrlEncoded(init.charCodeAt(0) === 63 ? init.slice(1) : init);
  }

  static {
    resetPairs = (params, query) => {
      params.#pairs = parseUrlEncoded(query);
    };
    isUrlSearchParams = (value) => typeof value === 'object' && value !== null && #pairs in value;
  }

  get size() {
    return this.#checked().length;
  }

  append(name, value) {
    const pairs = this.#checked();
    requireArguments(arguments.length, 2, 'URLSearchParams.append');
    pairs[pairs.length] = [usvString(name), usvString(value)];
    this.#changed();
  }

  delete(name, value = undefined) {
    const pairs = this.#checked();
    requireArguments(arguments.length, 1, 'URLSearchParams.delete');
    name = usvString(name);
    if (value !== undefined) value = usvString(value);
    this.#pairs = pairs.filter(
      (pair) => pair[0] !== name || (value !== undefined && pair[1] !== value),
    );
    this.#changed();
  }

  get(name) {
    const pairs = this.#checked();
    requireArguments(arguments.length, 1, 'URLSearchParams.get');
    name = usvString(name);
    for (let i = 0; i < pairs.length; i++) {
      if (pairs[i][0] === name) return pairs[i][1];
    }
    return null;
  }

  getAll(name) {
    const pairs = this.#checked();
    requireArguments(arguments.length, 1, 'URLSearchParams.getAll');
    name = usvString(name);
    return pairs.filter((pair) => pair[0] === name).map((pair) => pair[1]);
  }

  has(name, value = undefined) {
    const pairs = this.#checked();
    requireArguments(arguments.length, 1, 'URLSearchParams.has');
    name = usvString(name);
    if (value !== undefined) value = usvString(value);
    return pairs.some((pair) => pair[0] === name && (value === undefined || pair[1] === value));
  }

  set(name, value) {
    const pairs = this.#checked();
    requireArguments(arguments.length, 2, 'URLSearchParams.set');
    name = usvString(name);
    value = usvString(value);
    let found = false;
    this.#pairs = pairs.filter((pair) => {
      if (pair[0] !== name) return true;
      if (found) return false;
      found = true;
      pair[1] = value;
      return true;
    });
    if (!found) this.#pairs.push([name, value]);
    this.#changed();
  }

  sort() {
    this.#checked().sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
    this.#changed();
  }

  toString() {
    return serializeUrlEncoded(this.#checked());
  }

  [inspect]() {
    return Object.fromEntries(this.#checked());
  }

  static {
    definePairIterable(this, 'URLSearchParams', (self) => {
      if (typeof self !== 'object' || self === null || !(#pairs in self)) throw illegalInvocation();
      return self.#pairs;
    });
  }

  #checked() {
    return this.#pairs;
  }

  #changed() {
    this.#owner?.setQuery(serializeUrlEncoded(this.#pairs));
  }
}
defineInterface(URLSearchParams, 'URLSearchParams');

function pairsFrom(init) {
  const pairs = [];
  const iterator = init[Symbol.iterator];
  if (iterator !== undefined && iterator !== null) {
    for (const entry of init) {
      const pair = typeof entry === 'object' && entry !== null ? [...entry] : [];
      if (pair.length !== 2) {
        throw new TypeError('URLSearchParams constructor: an entry is not a [name, value] pair.');
      }
      pairs.push([usvString(pair[0]), usvString(pair[1])]);
    }
    return pairs;
  }
  const byName = new Map();
  for (const key of Reflect.ownKeys(init)) {
    const descriptor = Reflect.getOwnPropertyDescriptor(init, key);
    if (descriptor === undefined || !descriptor.enumerable) continue;
    if (typeof key === 'symbol')
      throw new TypeError('URLSearchParams constructor: a name is a symbol.');
    byName.set(usvString(key), usvString(init[key]));
  }
  return [...byName];
}

export { isUrlSearchParams, resetPairs };
