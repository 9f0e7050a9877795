// https://fetch.spec.whatwg.org/#fetch-method. The front does the fetching; here are the two ends.
import { addAlgorithm, removeAlgorithm } from './abort.js';
import { Body } from './body.js';
import { setCodings } from './decoding.js';
import { getFrom, headersFromOrigin, markEncoded, shareList, wireHeaders } from './headers.js';
import { checkIntegrity } from './integrity.js';
import { NativeBody } from './native-body.js';
import { FETCH_REQUEST_BODY, FETCH_RESPONSE_BODY, natives } from './natives.js';
import { dropOutgoing, headersFor, onWindow, sendBody } from './outgoing.js';
import {
  detach,
  SafeMap,
  SafeSet,
  setCause,
  stringSlice,
  stringSplit,
  withCode,
} from './primordials.js';
import { isRequest, makeState, requestHeaders, requestState } from './request.js';
import { refererOf } from './referrer.js';
import { currentRecord, finishOne } from './requests.js';
import { isNullBodyStatus, Response, ResponseState } from './response.js';
import { INTERNAL, requireArguments } from './webidl.js';

class FetchRecord {
  static {
    detach(this);
  }

  constructor(owner, state, error, resolve, reject) {
    this.id = 0;
    this.owner = owner;
    this.method = state.method;
    this.url = state.url;
    this.integrity = state.integrity;
    this.signal = state.signal;
    this.error = error;
    this.resolve = resolve;
    this.reject = reject;
    this.answered = false;
    this.onAbort = null;
    /** @type {NativeBody | null} */
    this.body = null;
  }
}

/** Characters of a target that an error names. */
const MAX_TARGET = 200;

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
  // For when it fails: made here, so that its stack names the caller.
  const failure = new TypeError('fetch failed');
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
    const record = new FetchRecord(owner, state, failure, resolve, reject);
    const ownHeaders = requestHeaders(state);
    let list = headersFor(state.body, ownHeaders, shareList(ownHeaders), null);
    const referer = state.referrer === 'about:client' ? undefined : refererOf(state);
    if (referer !== undefined && getFrom(list, 'referer') === null)
      list = [...list, 'referer', referer];
    const headers = wireHeaders(list);
    const id = sendBody(
      state.body,
      FETCH_REQUEST_BODY,
      (bodyKind, data, extra) =>
        natives.fetchStart(state.method, state.url, headers, state.redirect, bodyKind, data, extra),
      () => holdOpen(owner),
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

/** A request is not over while it still sends a body. */
function holdOpen(owner) {
  if (owner === undefined) return undefined;
  owner.pending++;
  return () => finishOne(owner);
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
  const body = hasBody ? new NativeBody(FETCH_RESPONSE_BODY, id) : null;
  if (body !== null && !isNullBodyStatus(status)) {
    record.body = body;
    state.body = new Body(null, null, body);
    if (record.method !== 'HEAD' && setCodings(body, headers)) markEncoded(state.headers);
  } else {
    forget(record);
    body?.cancel();
  }
  const response = new Response(INTERNAL, state);
  if (record.integrity === '') record.resolve(response);
  else checkIntegrity(record, response);
}

/** Callbacks.onFetchError */
export function onFetchError(id, code, message) {
  const record = fetches.get(id);
  if (record === undefined) return;
  forget(record);
  onWindow(FETCH_REQUEST_BODY, id, -1);
  const cause = withCode(new Error(`${message} (${targetOf(record)})`), code);
  if (record.answered) record.body?.drop(new TypeError('terminated', { __proto__: null, cause }));
  else record.reject(setCause(record.error, cause));
}

/** "GET http://host/path": without the query, where secrets may be. */
function targetOf({ method, url }) {
  const target = stringSplit(stringSplit(url, '?', 1)[0], '#', 1)[0];
  return `${method} ${target.length > MAX_TARGET ? `${stringSlice(target, 0, MAX_TARGET)}...` : target}`;
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
