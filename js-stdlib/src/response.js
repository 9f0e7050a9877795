// https://fetch.spec.whatwg.org/#response-class
import { Body, defineBodyMixin, extractBody } from './body.js';
import { getFrom, Headers, headersFrom, shareList } from './headers.js';
import { detach, jsonStringify, regExpTest, toWellFormed } from './primordials.js';
import { parseUrl } from './url.js';
import { currentRecord } from './requests.js';
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

const NO_HEADERS = [];
const TEXT_HEADERS = ['content-type', 'text/plain;charset=UTF-8'];
const JSON_HEADERS = ['content-type', 'application/json'];
const REASON_PHRASE = /^[\t\x20-\x7e\x80-\xff]*$/;

export function isNullBodyStatus(status) {
  return status === 204 || status === 205 || status === 304 || status === 101 || status === 103;
}

export class ResponseState {
  static {
    detach(this);
  }

  constructor(status, statusText, headers, body) {
    this.status = status;
    this.statusText = statusText;
    this.headers = headers;
    /** @type {Body | null} */
    this.body = body;
    this.type = 'default';
    this.url = '';
    this.redirected = false;
    /** Of NextResponse; see next/next-response.js. */
    this.next = null;
  }
}

/** https://fetch.spec.whatwg.org/#initialize-a-response */
function makeState(bodyInit, init) {
  let status = 200;
  let statusText = '';
  let headersInit;
  if (init !== undefined && init !== null) {
    dictionary(init, 'Response constructor: init');
    const { headers, status: rawStatus, statusText: rawText } = init;
    headersInit = headers;
    if (rawStatus !== undefined) {
      status = Math.trunc(Number(rawStatus));
      if (!(status >= 200 && status <= 599)) {
        throw new RangeError(
          `init["status"] must be in the range of 200 to 599, inclusive; it is ${rawStatus}.`,
        );
      }
    }
    if (rawText !== undefined) {
      statusText = `${rawText}`;
      if (!regExpTest(REASON_PHRASE, statusText)) {
        throw new TypeError('Response constructor: invalid statusText');
      }
    }
  }
  if (bodyInit === undefined || bodyInit === null) {
    const headers = headersInit === undefined ? headersFrom(NO_HEADERS) : new Headers(headersInit);
    return new ResponseState(status, statusText, headers, null);
  }
  if (isNullBodyStatus(status)) {
    throw new TypeError(`Response constructor: Invalid response status code ${status}`);
  }
  const { body, type } = extractBody(bodyInit);
  let headers;
  if (headersInit !== undefined) {
    headers = new Headers(headersInit);
    if (type !== null && !headers.has('content-type')) headers.append('content-type', type);
  } else if (type === null) {
    headers = headersFrom(NO_HEADERS);
  } else {
    headers = headersFrom(type === TEXT_HEADERS[1] ? TEXT_HEADERS : ['content-type', type]);
  }
  return new ResponseState(status, statusText, headers, body);
}

/** State of Response.json() and NextResponse.json(). */
export function jsonState(data, init) {
  const text = jsonStringify(data);
  if (typeof text !== 'string') throw new TypeError('Value is not JSON serializable');
  if (init === undefined) {
    return new ResponseState(
      200,
      '',
      headersFrom(JSON_HEADERS),
      new Body(toWellFormed(text), null, null),
    );
  }
  const state = makeState(null, init);
  if (isNullBodyStatus(state.status)) {
    throw new TypeError(`Response.json: Invalid response status code ${state.status}`);
  }
  if (getFrom(shareList(state.headers), 'content-type') === null) {
    state.headers.append('content-type', 'application/json');
  }
  state.body = new Body(toWellFormed(text), null, null);
  return state;
}

let responseState;
let isResponse;

/** What the console shows, in this order. */
const SHOWN = [
  'body',
  'bodyUsed',
  'headers',
  'ok',
  'redirected',
  'status',
  'statusText',
  'type',
  'url',
];

export class Response {
  #state;

  /** Internal form: (INTERNAL, state). */
  constructor(body = null, init = undefined) {
    this.#state = body === INTERNAL ? init : makeState(body, init);
  }

  static {
    responseState = (response) => {
      if (typeof response !== 'object' || response === null || !(#state in response)) {
        throw illegalInvocation();
      }
      return response.#state;
    };
    isResponse = (value) => typeof value === 'object' && value !== null && #state in value;
  }

  static error() {
    const state = new ResponseState(0, '', headersFrom(NO_HEADERS, true), null);
    state.type = 'error';
    return new Response(INTERNAL, state);
  }

  static redirect(url, status = 302) {
    requireArguments(arguments.length, 1, 'Response.redirect');
    const parts = parseUrl(usvString(url), currentRecord()?.url);
    if (parts === undefined) throw new TypeError(`Failed to parse URL from ${url}`);
    const code = Math.trunc(Number(status));
    if (code !== 301 && code !== 302 && code !== 303 && code !== 307 && code !== 308) {
      throw new RangeError(`Invalid status code ${status}`);
    }
    return new Response(
      INTERNAL,
      new ResponseState(code, '', headersFrom(['location', parts.href], true), null),
    );
  }

  static json(data, init = undefined) {
    requireArguments(arguments.length, 1, 'Response.json');
    return new Response(INTERNAL, jsonState(data, init));
  }

  get type() {
    return responseState(this).type;
  }
  get url() {
    return responseState(this).url;
  }
  get redirected() {
    return responseState(this).redirected;
  }
  get status() {
    return responseState(this).status;
  }
  get ok() {
    const { status } = responseState(this);
    return status >= 200 && status <= 299;
  }
  get statusText() {
    return responseState(this).statusText;
  }
  get headers() {
    return responseState(this).headers;
  }

  clone() {
    return new Response(INTERNAL, cloneState(responseState(this)));
  }

  [inspect]() {
    return membersOf(this, SHOWN);
  }
}

export function cloneState(state) {
  if (state.body !== null && state.body.unusable) {
    throw new TypeError('Response.clone: Body has already been consumed.');
  }
  const copy = new ResponseState(
    state.status,
    state.statusText,
    new Headers(state.headers),
    state.body === null ? null : state.body.tee(),
  );
  copy.type = state.type;
  copy.url = state.url;
  copy.redirected = state.redirected;
  return copy;
}

defineBodyMixin(
  Response,
  (self) => responseState(self),
  (state) => state.headers.get('content-type'),
);
defineInterface(Response, 'Response');

export { isResponse, makeState, responseState };
