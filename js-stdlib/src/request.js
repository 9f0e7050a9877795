// https://fetch.spec.whatwg.org/#request-class
import { abortSignal, dependentSignal, isAbortSignal, newSignal } from './abort.js';
import { Body, defineBodyMixin, extractBody } from './body.js';
import { DOMException } from './domexception.js';
import { getFrom, Headers, headersFrom, shareList } from './headers.js';
import { NativeBody } from './native-body.js';
import { INCOMING_NONE, INCOMING_WHOLE, natives, REQUEST_BODY } from './natives.js';
import { detach, regExpTest, toUpperCase } from './primordials.js';
import { markClientGone } from './report.js';
import { TransformStream } from './streams.js';
import { parseUrl } from './url.js';
import {
  defineInterface,
  dictionary,
  illegalInvocation,
  inspect,
  INTERNAL,
  membersOf,
  requireArguments,
  usvString,
} from './webidl.js';

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** https://fetch.spec.whatwg.org/#concept-method-normalize */
function normalizeMethod(value) {
  const method = `${value}`;
  if (!regExpTest(TOKEN, method)) throw new TypeError(`'${method}' is not a valid HTTP method.`);
  const upper = toUpperCase(method);
  switch (upper) {
    case 'CONNECT':
    case 'TRACE':
    case 'TRACK':
      throw new TypeError(`'${method}' HTTP method is unsupported.`);
    case 'DELETE':
    case 'GET':
    case 'HEAD':
    case 'OPTIONS':
    case 'POST':
    case 'PUT':
      return upper;
    default:
      return method;
  }
}

export class RequestState {
  static {
    detach(this);
  }

  constructor(method, url) {
    this.method = method;
    this.url = url;
    /** Made on first use when `record` is set. */
    this.headers = null;
    /** @type {Body | null} */
    this.body = null;
    this.signal = null;
    this.redirect = 'follow';
    this.cache = 'default';
    this.credentials = 'same-origin';
    this.integrity = '';
    this.keepalive = false;
    this.mode = 'cors';
    this.referrer = 'about:client';
    this.referrerPolicy = '';
    /** The RequestRecord when this is the client's request. */
    this.record = null;
    /** Of NextRequest; see next/next-request.js. */
    this.next = null;
  }
}

/** State of the client's request: everything but method and URL is fetched when it is touched. */
export function incomingState(record, bodyKind) {
  const state = new RequestState(record.method, record.url);
  state.record = record;
  if (bodyKind !== INCOMING_NONE) {
    record.body = new NativeBody(REQUEST_BODY, record.id, bodyKind === INCOMING_WHOLE);
    state.body = new Body(null, null, record.body);
  }
  return state;
}

/** @returns {Headers} */
export function requestHeaders(state) {
  return (state.headers ??= headersFrom(clientHeaders(state.record)));
}

/** The client's headers as the script may see them; nobody writes this list. */
export function clientHeaders(record) {
  if (record.headerList === undefined) {
    const list = natives.requestHeaders(record.id);
    record.headerList = record.filterHeaders === null ? list : record.filterHeaders(record, list);
  }
  return record.headerList;
}

/** @returns {import('./abort.js').AbortSignal} */
export function requestSignal(state) {
  if (state.signal !== null) return state.signal;
  const signal = newSignal();
  state.signal = signal;
  const { record } = state;
  if (record !== null) {
    if (record.aborted) abortSignal(signal, clientGone());
    else record.signal = signal;
  }
  return signal;
}

export function clientGone() {
  return markClientGone(new DOMException('The client closed the connection', 'AbortError'));
}

const MEMBERS = {
  redirect: ['follow', 'error', 'manual'],
  cache: ['default', 'no-store', 'reload', 'no-cache', 'force-cache', 'only-if-cached'],
  credentials: ['omit', 'same-origin', 'include'],
  mode: ['cors', 'no-cors', 'same-origin', 'navigate'],
  referrerPolicy: [
    '',
    'no-referrer',
    'no-referrer-when-downgrade',
    'same-origin',
    'origin',
    'strict-origin',
    'origin-when-cross-origin',
    'strict-origin-when-cross-origin',
    'unsafe-url',
  ],
};
const CORS_SAFE_METHODS = ['GET', 'HEAD', 'POST'];
const PRIORITIES = ['high', 'low', 'auto'];
const ENUM_KEYS = Object.keys(MEMBERS);

/** What a request does not keep. */
function checkMembers(init) {
  const { window, duplex, priority } = init;
  if (window !== undefined && window !== null) {
    throw new TypeError("Request constructor: 'window' option must be null.");
  }
  if (duplex !== undefined && `${duplex}` !== 'half') {
    throw new TypeError(`Request constructor: '${duplex}' is not a valid value for duplex.`);
  }
  if (priority !== undefined && !PRIORITIES.includes(`${priority}`)) {
    throw new TypeError(`Request constructor: '${priority}' is not a valid value for priority.`);
  }
}

/** https://fetch.spec.whatwg.org/#dom-request, "referrer"; there is no site of its own here. */
function referrerOf(value) {
  const text = usvString(value);
  if (text === '') return 'no-referrer';
  const parts = parseUrl(text);
  if (parts === undefined) throw new TypeError(`Referrer "${text}" is not a valid URL.`);
  return parts.href;
}

function applyMembers(state, init) {
  checkMembers(init);
  for (let i = 0; i < ENUM_KEYS.length; i++) {
    const key = ENUM_KEYS[i];
    const raw = init[key];
    if (raw === undefined) continue;
    const value = `${raw}`;
    if (!MEMBERS[key].includes(value)) {
      throw new TypeError(`Request constructor: '${value}' is not a valid value for ${key}.`);
    }
    if (key === 'mode' && value === 'navigate') {
      throw new TypeError('Request constructor: mode "navigate" is not allowed.');
    }
    state[key] = value;
  }
  if (init.integrity !== undefined) state.integrity = `${init.integrity}`;
  if (init.keepalive !== undefined) state.keepalive = Boolean(init.keepalive);
  if (init.referrer !== undefined) state.referrer = referrerOf(init.referrer);
  // https://fetch.spec.whatwg.org/#dom-request-cache
  if (state.cache === 'only-if-cached' && state.mode !== 'same-origin') {
    throw new TypeError("Request constructor: 'only-if-cached' is for mode 'same-origin' only.");
  }
}

function copyMembers(state, source) {
  for (let i = 0; i < ENUM_KEYS.length; i++) state[ENUM_KEYS[i]] = source[ENUM_KEYS[i]];
  state.integrity = source.integrity;
  state.keepalive = source.keepalive;
  state.referrer = source.referrer;
}

/**
 * https://fetch.spec.whatwg.org/#dom-request
 * @param {(url: string) => Error} invalidUrl makes the error for a URL that does not parse
 */
export function makeState(input, init, invalidUrl) {
  init = dictionary(init, 'Request constructor: init');
  const source = isRequest(input) ? requestState(input) : null;
  let state;
  if (source === null) {
    const text = usvString(input);
    const parts = parseUrl(text);
    if (parts === undefined) throw invalidUrl(text);
    if (parts.usernameEnd > parts.protocolEnd + 2 || parts.hostStart > parts.usernameEnd) {
      throw new TypeError(
        `Request cannot be constructed from a URL that includes credentials: ${text}`,
      );
    }
    state = new RequestState('GET', parts.href);
  } else {
    state = new RequestState(source.method, source.url);
    copyMembers(state, source);
    // A Request made from the client's request sees its URL as next/server shows it.
    if (source.next !== null) state.url = input.url;
  }
  if (init !== undefined) {
    applyMembers(state, init);
    if (init.method !== undefined) state.method = normalizeMethod(init.method);
    if (state.mode === 'no-cors' && !CORS_SAFE_METHODS.includes(state.method)) {
      throw new TypeError(`'${state.method}' is unsupported in no-cors mode.`);
    }
  }

  const signalInit = init === undefined ? undefined : init.signal;
  if (signalInit !== undefined && signalInit !== null && !isAbortSignal(signalInit)) {
    throw new TypeError('Request constructor: signal is not an AbortSignal.');
  }
  const parent =
    signalInit === undefined ? (source === null ? null : requestSignal(source)) : signalInit;
  if (parent !== null) state.signal = dependentSignal([parent]);

  const headersInit = init === undefined ? undefined : init.headers;
  state.headers =
    headersInit !== undefined
      ? new Headers(headersInit)
      : source !== null
        ? new Headers(requestHeaders(source))
        : new Headers();

  const bodyInit = init === undefined ? undefined : init.body;
  const hasInitBody = bodyInit !== undefined && bodyInit !== null;
  if (
    (hasInitBody || (source !== null && source.body !== null && bodyInit !== null)) &&
    (state.method === 'GET' || state.method === 'HEAD')
  ) {
    throw new TypeError('Request with GET/HEAD method cannot have body.');
  }
  if (hasInitBody) {
    const { body, type } = extractBody(bodyInit);
    state.body = body;
    if (type !== null && !state.headers.has('content-type'))
      state.headers.append('content-type', type);
  } else if (source !== null && source.body !== null && bodyInit !== null) {
    const { body } = source;
    if (body.unusable) {
      throw new TypeError(
        'Cannot construct a Request with a Request object that has already been used.',
      );
    }
    state.body = moveBody(body);
  }
  return state;
}

/** The bytes go on with a new Body; the old one counts as used. */
function moveBody(body) {
  if (body.stream !== null) {
    const moved =
      body.native !== null
        ? new Body(null, null, body.native)
        : new Body(body.source, body.source === null ? pipedStream(body.stream) : null, null);
    body.consumed = true;
    if (body.native !== null || body.source !== null) body.consume();
    if (body.native !== null) body.native.touched = false;
    return moved;
  }
  const moved = new Body(body.source, null, body.native);
  body.consumed = true;
  return moved;
}

/** https://streams.spec.whatwg.org/#readablestream-create-a-proxy */
function pipedStream(stream) {
  return stream.pipeThrough(new TransformStream());
}

function invalidRequestUrl(text) {
  return new TypeError(`Failed to parse URL from ${text}`);
}

let requestState;
let isRequest;

/** What the console shows, in this order; of a NextRequest, after its own. */
export const SHOWN = [
  'bodyUsed',
  'cache',
  'credentials',
  'destination',
  'headers',
  'integrity',
  'keepalive',
  'method',
  'mode',
  'redirect',
  'referrer',
  'referrerPolicy',
  'signal',
  'url',
];

export class Request {
  #state;

  /** Internal form: (INTERNAL, state). */
  constructor(input, init = undefined) {
    if (input === INTERNAL) {
      this.#state = init;
      return;
    }
    requireArguments(arguments.length, 1, 'Request constructor');
    this.#state = makeState(input, init, invalidRequestUrl);
  }

  static {
    requestState = (request) => {
      if (typeof request !== 'object' || request === null || !(#state in request)) {
        throw illegalInvocation();
      }
      return request.#state;
    };
    isRequest = (value) => typeof value === 'object' && value !== null && #state in value;
  }

  get method() {
    return requestState(this).method;
  }
  get url() {
    return requestState(this).url;
  }
  get headers() {
    return requestHeaders(requestState(this));
  }
  get destination() {
    return requestState(this) && '';
  }
  get referrer() {
    const { referrer } = requestState(this);
    return referrer === 'no-referrer' ? '' : referrer;
  }
  get referrerPolicy() {
    return requestState(this).referrerPolicy;
  }
  get mode() {
    return requestState(this).mode;
  }
  get credentials() {
    return requestState(this).credentials;
  }
  get cache() {
    return requestState(this).cache;
  }
  get redirect() {
    return requestState(this).redirect;
  }
  get integrity() {
    return requestState(this).integrity;
  }
  get keepalive() {
    return requestState(this).keepalive;
  }
  get isReloadNavigation() {
    return requestState(this) && false;
  }
  get isHistoryNavigation() {
    return requestState(this) && false;
  }
  get duplex() {
    return requestState(this) && 'half';
  }
  get signal() {
    return requestSignal(requestState(this));
  }

  clone() {
    return new Request(INTERNAL, cloneState(requestState(this), this.url));
  }

  [inspect]() {
    return membersOf(this, SHOWN);
  }
}

export function cloneState(state, url) {
  if (state.body !== null && state.body.unusable) {
    throw new TypeError('Request.clone: Body has already been consumed.');
  }
  const copy = new RequestState(state.method, url);
  copyMembers(copy, state);
  copy.headers = new Headers(requestHeaders(state));
  copy.body = state.body === null ? null : state.body.tee();
  copy.signal = dependentSignal([requestSignal(state)]);
  return copy;
}

defineBodyMixin(
  Request,
  (self) => requestState(self),
  (state) => getFrom(shareList(requestHeaders(state)), 'content-type'),
);
defineInterface(Request, 'Request');

export { isRequest, requestState };
