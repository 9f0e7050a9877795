// https://fetch.spec.whatwg.org/#headers-class
//
// A header list is flat: [name, value, name, value, ...], names in lower case. Lists are shared and
// copied only when one of the holders writes, so `new Headers(request.headers)` costs no copy, and
// the dispatcher sees by identity that a list is still the client's own.
import { arrayJoin, arraySlice, detach, regExpTest, SafeMap, toLowerCase } from './primordials.js';
import {
  defineInterface,
  definePairIterable,
  illegalInvocation,
  inspect,
  INTERNAL,
  requireArguments,
} from './webidl.js';

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const BAD_VALUE = /[\0\r\n]|[^\0-\xff]/;
const WIDE = /[^\0-\xff]/;
const PROTOCOL_PREFIX = 'x-middleware-';

/** Name as written -> lower case, of names seen to be valid. */
const knownNames = new SafeMap();

function headerName(name, what) {
  const known = knownNames.get(name);
  if (known !== undefined) return known;
  const text = typeof name === 'string' ? name : `${name}`;
  if (!regExpTest(TOKEN, text)) {
    throw new TypeError(`Headers.${what}: ${JSON.stringify(text)} is an invalid header name.`);
  }
  const lower = toLowerCase(text);
  if (knownNames.size < 1024 && text.length < 64) knownNames.set(text, lower);
  return lower;
}

function isHttpSpace(code) {
  return code === 32 || code === 9 || code === 10 || code === 13;
}

function headerValue(value, what) {
  let text = typeof value === 'string' ? value : `${value}`;
  let start = 0;
  let end = text.length;
  while (start < end && isHttpSpace(text.charCodeAt(start))) start++;
  while (end > start && isHttpSpace(text.charCodeAt(end - 1))) end--;
  if (end - start !== text.length) text = text.slice(start, end);
  if (regExpTest(BAD_VALUE, text)) {
    throw new TypeError(`Headers.${what}: ${JSON.stringify(text)} is an invalid header value.`);
  }
  return text;
}

let shareList;
let overridesOf;
let foreignOf;
let isHeaders;
let isEncoded;
let markEncoded;
/** Headers.prototype[Symbol.iterator] as it was made. */
let ownIterator;

/** One object of plain properties: V8 defines private fields one by one, each through a call. */
class HeadersState {
  static {
    detach(this);
  }

  constructor(list, shared, immutable, overrides, foreign, encoded = false) {
    /** The Content-Encoding in it is that of a fetched body, which scripts see decoded. */
    this.encoded = encoded;
    this.list = list;
    this.shared = shared;
    this.immutable = immutable;
    /** Request headers of NextResponse.next({request: {headers}}): see materialise(). */
    this.overrides = overrides;
    /** Flat list or null: see headersFromOrigin(). */
    this.foreign = foreign;
    this.sorted = null;
  }
}

export class Headers {
  #state;

  /**
   * @param {Headers | string[][] | Record<string, string>} [init]
   * Internal form: (INTERNAL, list, immutable, overrides, foreign); the lists are then never written
   * in place.
   */
  constructor(init = undefined, list, immutable, overrides, foreign) {
    if (init === INTERNAL) {
      this.#state = new HeadersState(
        list,
        true,
        immutable === true,
        overrides ?? null,
        foreign ?? null,
      );
    } else if (init === undefined) {
      this.#state = new HeadersState([], false, false, null, null);
    } else if (
      typeof init === 'object' &&
      init !== null &&
      #state in init &&
      init[Symbol.iterator] === ownIterator
    ) {
      const { list: all, overrides: those, foreign: theirs, encoded } = init.#state;
      init.#state.shared = true;
      this.#state = new HeadersState(all, true, false, those, theirs, encoded);
    } else {
      this.#state = new HeadersState([], false, false, null, null);
      fill(this, init);
    }
  }

  static {
    shareList = (headers) => {
      headers.#state.shared = true;
      return headers.#state.list;
    };
    overridesOf = (headers) => headers.#state.overrides;
    foreignOf = (headers) => headers.#state.foreign;
    isEncoded = (headers) => headers.#state.encoded;
    markEncoded = (headers) => {
      headers.#state.encoded = true;
    };
    isHeaders = (value) => typeof value === 'object' && value !== null && #state in value;
  }

  append(name, value) {
    if (!(#state in this)) throw illegalInvocation();
    if (arguments.length < 2) requireArguments(arguments.length, 2, 'Headers.append');
    name = headerName(name, 'append');
    value = headerValue(value, 'append');
    const list = writable(this.#state, name);
    list[list.length] = name;
    list[list.length] = value;
  }

  delete(name) {
    if (!(#state in this)) throw illegalInvocation();
    if (arguments.length < 1) requireArguments(arguments.length, 1, 'Headers.delete');
    name = headerName(name, 'delete');
    const list = writable(this.#state, name);
    removeFrom(list, name, 0);
  }

  get(name) {
    if (!(#state in this)) throw illegalInvocation();
    if (arguments.length < 1) requireArguments(arguments.length, 1, 'Headers.get');
    name = headerName(name, 'get');
    const state = this.#state;
    beforeRead(state, name);
    const value = getFrom(state.list, name);
    return value === null && state.foreign !== null ? getFrom(state.foreign, name) : value;
  }

  getSetCookie() {
    if (!(#state in this)) throw illegalInvocation();
    const list = this.#state.list;
    const values = [];
    for (let i = 0; i < list.length; i += 2) {
      if (list[i] === 'set-cookie') values[values.length] = list[i + 1];
    }
    return values;
  }

  has(name) {
    if (!(#state in this)) throw illegalInvocation();
    if (arguments.length < 1) requireArguments(arguments.length, 1, 'Headers.has');
    name = headerName(name, 'has');
    const state = this.#state;
    beforeRead(state, name);
    return listHas(state.list, name) || (state.foreign !== null && listHas(state.foreign, name));
  }

  set(name, value) {
    if (!(#state in this)) throw illegalInvocation();
    if (arguments.length < 2) requireArguments(arguments.length, 2, 'Headers.set');
    name = headerName(name, 'set');
    value = headerValue(value, 'set');
    const list = writable(this.#state, name);
    for (let i = 0; i < list.length; i += 2) {
      if (list[i] === name) {
        list[i + 1] = value;
        removeFrom(list, name, i + 2);
        return;
      }
    }
    list[list.length] = name;
    list[list.length] = value;
  }

  [inspect]() {
    return Object.fromEntries(pairsOf(this.#state));
  }

  static {
    definePairIterable(this, 'Headers', (self) => {
      if (typeof self !== 'object' || self === null || !(#state in self)) throw illegalInvocation();
      return pairsOf(self.#state);
    });
  }
}
ownIterator = Headers.prototype[Symbol.iterator];
defineInterface(Headers, 'Headers');

function writable(state, name) {
  if (state.immutable) throw new TypeError('Headers are immutable.');
  beforeRead(state, name);
  if (state.foreign !== null && isProtocolHeader(name)) {
    state.foreign = arraySlice(state.foreign);
    removeFrom(state.foreign, name, 0);
  }
  state.sorted = null;
  if (state.encoded && name === 'content-encoding') state.encoded = false;
  if (state.shared) {
    state.list = arraySlice(state.list);
    state.shared = false;
  }
  return state.list;
}

function beforeRead(state, name) {
  if (state.overrides !== null && isProtocolHeader(name)) materialise(state);
}

/**
 * NextResponse.next({request: {headers}}) carries request headers as x-middleware-request-*
 * headers of the response. Few look at them, so they are made when somebody does.
 */
function materialise(state) {
  const pairs = sortAndCombine(state.overrides);
  state.overrides = null;
  const list = arraySlice(state.list);
  const names = [];
  for (const { 0: name, 1: value } of pairs) {
    setIn(list, `x-middleware-request-${name}`, value);
    names[names.length] = name;
  }
  setIn(list, 'x-middleware-override-headers', names.join(','));
  state.list = list;
  state.shared = false;
  state.sorted = null;
}

/** Sorted and combined, as iteration shows it. */
function pairsOf(state) {
  if (state.overrides !== null) materialise(state);
  return (state.sorted ??= sortAndCombine(state.list));
}

export function isProtocolHeader(name) {
  return name.length > 13 && name.charCodeAt(0) === 120 && name.startsWith(PROTOCOL_PREFIX);
}

/** A list as natives take it: "name\\nvalue\\nname\\nvalue". Neither has a line feed in it. */
export function wireHeaders(list) {
  return arrayJoin(list, '\n');
}

/** What stands between the values of one name; cookies as in undici, and RFC 9113 section 8.2.3. */
function separatorOf(name) {
  return name === 'cookie' ? '; ' : ', ';
}

/** First value, or all of them joined; null: absent. */
export function getFrom(list, name) {
  let value = null;
  for (let i = 0; i < list.length; i += 2) {
    if (list[i] === name) {
      value = value === null ? list[i + 1] : `${value}${separatorOf(name)}${list[i + 1]}`;
    }
  }
  return value;
}

function listHas(list, name) {
  for (let i = 0; i < list.length; i += 2) {
    if (list[i] === name) return true;
  }
  return false;
}

function setIn(list, name, value) {
  for (let i = 0; i < list.length; i += 2) {
    if (list[i] === name) {
      list[i + 1] = value;
      return;
    }
  }
  list[list.length] = name;
  list[list.length] = value;
}

/** Of a body that goes out decoded: neither its coding nor its length. */
export function withoutEncoding(list) {
  const kept = [];
  for (let i = 0; i < list.length; i += 2) {
    if (list[i] === 'content-encoding' || list[i] === 'content-length') continue;
    kept[kept.length] = list[i];
    kept[kept.length] = list[i + 1];
  }
  return kept;
}

function removeFrom(list, name, from) {
  let to = from;
  for (let i = from; i < list.length; i += 2) {
    if (list[i] === name) continue;
    list[to] = list[i];
    list[to + 1] = list[i + 1];
    to += 2;
  }
  list.length = to;
}

function sortAndCombine(list) {
  const pairs = [];
  const seen = new Map();
  for (let i = 0; i < list.length; i += 2) {
    const name = list[i];
    if (name === 'set-cookie') {
      pairs[pairs.length] = [name, list[i + 1]];
      continue;
    }
    const pair = seen.get(name);
    if (pair === undefined) {
      const fresh = [name, list[i + 1]];
      seen.set(name, fresh);
      pairs[pairs.length] = fresh;
    } else {
      pair[1] = `${pair[1]}${separatorOf(name)}${list[i + 1]}`;
    }
  }
  return pairs.sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
}

/** https://fetch.spec.whatwg.org/#concept-headers-fill */
function fill(headers, init) {
  if ((typeof init !== 'object' && typeof init !== 'function') || init === null) {
    throw new TypeError('Headers constructor: init is not an object.');
  }
  const iterator = init[Symbol.iterator];
  const pairs = iterator === undefined || iterator === null ? recordPairs(init) : listPairs(init);
  for (let i = 0; i < pairs.length; i++) headers.append(pairs[i][0], pairs[i][1]);
}

/** https://webidl.spec.whatwg.org/#js-ByteString */
function byteString(value) {
  const text = typeof value === 'string' ? value : `${value}`;
  if (regExpTest(WIDE, text)) {
    throw new TypeError('Headers constructor: a name or value has a character above 255.');
  }
  return text;
}

// All is converted before the first of it is looked at, as a Web IDL argument.
function listPairs(init) {
  const pairs = [];
  for (const entry of init) {
    if (typeof entry !== 'object' || entry === null) {
      throw new TypeError('Headers constructor: an entry is not a [name, value] pair.');
    }
    const pair = [];
    for (const part of entry) pair[pair.length] = byteString(part);
    pairs[pairs.length] = pair;
  }
  for (let i = 0; i < pairs.length; i++) {
    if (pairs[i].length !== 2) {
      throw new TypeError('Headers constructor: an entry is not a [name, value] pair.');
    }
  }
  return pairs;
}

function recordPairs(init) {
  const pairs = [];
  for (const key of Reflect.ownKeys(init)) {
    const descriptor = Reflect.getOwnPropertyDescriptor(init, key);
    if (descriptor === undefined || !descriptor.enumerable) continue;
    if (typeof key === 'symbol') throw new TypeError('Headers constructor: a name is a symbol.');
    const name = byteString(key);
    pairs[pairs.length] = [name, byteString(init[key])];
  }
  return pairs;
}

/** The flat list; the holder copies it before it writes again. */
export { foreignOf, isEncoded, isHeaders, markEncoded, overridesOf, shareList };

/** Headers over a list that nobody writes in place. */
export function headersFrom(list, immutable = false, overrides = null) {
  return new Headers(INTERNAL, list, immutable, overrides);
}

/**
 * Headers of an answer that fetch() got. What it has of x-middleware-* steered the origin's own
 * middleware, and must not steer ours when the script returns or copies the answer. So it stands
 * apart, in `foreign`: get() and has() find it, loops do not, and it goes to the client with an
 * answer that has these headers.
 */
export function headersFromOrigin(list) {
  for (let i = 0; i < list.length; i += 2) {
    if (isProtocolHeader(list[i])) return splitProtocol(list);
  }
  return headersFrom(list, true);
}

function splitProtocol(list) {
  const own = [];
  const foreign = [];
  for (let i = 0; i < list.length; i += 2) {
    const to = isProtocolHeader(list[i]) ? foreign : own;
    to[to.length] = list[i];
    to[to.length] = list[i + 1];
  }
  return new Headers(INTERNAL, own, true, null, foreign);
}
