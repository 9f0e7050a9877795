// https://fetch.spec.whatwg.org/#fetch-method. The front does the fetching; here are the two ends.
import { addAlgorithm, removeAlgorithm } from './abort.js';
import { Body } from './body.js';
import { headersFromOrigin, shareList, wireHeaders } from './headers.js';
import { NativeBody } from './native-body.js';
import { FETCH_REQUEST_BODY, FETCH_RESPONSE_BODY, natives } from './natives.js';
import { dropOutgoing, onWindow, sendBody } from './outgoing.js';
import { SafeMap, SafeSet } from './primordials.js';
import { isRequest, makeState, requestHeaders, requestState } from './request.js';
import { currentRecord } from './requests.js';
import { Response, ResponseState } from './response.js';
import { INTERNAL, requireArguments } from './webidl.js';

class FetchRecord {
  constructor(owner, signal, resolve, reject) {
    this.id = 0;
    this.owner = owner;
    this.signal = signal;
    this.resolve = resolve;
    this.reject = reject;
    this.answered = false;
    this.onAbort = null;
    /** @type {NativeBody | null} */
    this.body = null;
  }
}

/** @type {Map<number, FetchRecord>} */
const fetches = new SafeMap();

/** What Next.js says about relative URLs. */
function malformedUrl(text) {
  const cause = new TypeError('Invalid URL');
  return new Error(
    `URL is malformed "${text}". Please use only absolute URLs - ` +
      'https://nextjs.org/docs/messages/middleware-relative-urls',
    { cause },
  );
}

function stateOf(input, init) {
  // Without init a Request is taken as it is: its body moves, nothing is copied.
  if (init === undefined && isRequest(input)) {
    const state = requestState(input);
    if (state.record === null) return state;
  }
  return makeState(input, init, malformedUrl);
}

/**
 * @param {string | URL | Request} input an absolute URL
 * @param {RequestInit} [init]
 * @returns {Promise<Response>}
 */
export function fetch(input, init = undefined) {
  const count = arguments.length;
  return new Promise((resolve, reject) => {
    requireArguments(count, 1, 'fetch');
    const state = stateOf(input, init);
    const { signal } = state;
    if (signal !== null && signal.aborted) {
      reject(signal.reason);
      return;
    }
    if (state.body !== null && state.body.unusable) {
      throw new TypeError('Cannot fetch a Request whose body has already been used.');
    }
    const owner = currentRecord();
    const record = new FetchRecord(owner, signal, resolve, reject);
    const headers = wireHeaders(shareList(requestHeaders(state)));
    const id = sendBody(
      state.body,
      FETCH_REQUEST_BODY,
      (bodyKind, data, extra) =>
        natives.fetchStart(state.method, state.url, headers, state.redirect, bodyKind, data, extra),
      () => undefined,
    );
    record.id = id;
    fetches.set(id, record);
    if (owner !== undefined) (owner.fetches ??= new SafeSet()).add(id);
    if (signal !== null) {
      record.onAbort = (reason) => abort(record, reason);
      addAlgorithm(signal, record.onAbort);
    }
  });
}

function abort(record, reason) {
  if (fetches.get(record.id) !== record) return;
  forget(record);
  natives.fetchAbort(record.id);
  onWindow(FETCH_REQUEST_BODY, record.id, -1);
  if (!record.answered) record.reject(reason);
  record.body?.drop(reason);
}

function forget(record) {
  fetches.delete(record.id);
  record.owner?.fetches?.delete(record.id);
  if (record.signal !== null) removeAlgorithm(record.signal, record.onAbort);
}

/** Callbacks.onFetchResponse */
export function onFetchResponse(id, status, statusText, url, redirected, headers, hasBody) {
  const record = fetches.get(id);
  if (record === undefined) return;
  record.answered = true;
  const state = new ResponseState(status, statusText, headersFromOrigin(headers), null);
  state.type = 'basic';
  state.url = url;
  state.redirected = redirected;
  if (hasBody) {
    record.body = new NativeBody(FETCH_RESPONSE_BODY, id);
    state.body = new Body(null, null, record.body);
  } else {
    forget(record);
  }
  record.resolve(new Response(INTERNAL, state));
}

/** Callbacks.onFetchError */
export function onFetchError(id, code, message) {
  const record = fetches.get(id);
  if (record === undefined) return;
  forget(record);
  onWindow(FETCH_REQUEST_BODY, id, -1);
  const cause = new Error(message);
  cause.code = code;
  if (!record.answered) record.reject(new TypeError('fetch failed', { cause }));
  else record.body?.drop(new TypeError('terminated', { cause }));
}

/** Callbacks.onBody for a fetch's response. */
export function onFetchBody(id, state, bytes, error) {
  const record = fetches.get(id);
  if (record === undefined || record.body === null) return;
  const { body } = record;
  body.receive(state, bytes, error);
  if (body.ended) forget(record);
}

/** Forgets what a request fetched; C++ ends those fetches by itself, when the request ends. */
export function dropFetches(owner) {
  const ids = owner.fetches;
  owner.fetches = null;
  if (ids === null) return;
  ids.forEach((id) => {
    const record = fetches.get(id);
    fetches.delete(id);
    dropOutgoing(FETCH_REQUEST_BODY, id);
    if (record !== undefined && record.signal !== null)
      removeAlgorithm(record.signal, record.onAbort);
  });
}
