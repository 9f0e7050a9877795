// From a request's start to its end. This is the hot path: whatever a script does not touch is not
// made, and nothing here depends on globals or prototypes that a script can change. A failure of
// any kind ends in natives.fail() or the log, and natives.done() is called exactly once per
// request.
import { abortSignal } from './abort.js';
import { finalHeaders, withoutEmpty } from './answer-headers.js';
import { dropFetches } from './fetch.js';
import { getFrom, isProtocolHeader, overridesOf, shareList, wireHeaders } from './headers.js';
import { BODY_NONE, natives, RESPONSE_BODY } from './natives.js';
import { NextFetchEvent } from './next/fetch-event.js';
import { hideFlightHeaders, withFlightHeaders } from './next/flight.js';
import { NextRequest } from './next/next-request.js';
import { runAfterTasks } from './next/wait-until.js';
import { dropOutgoing, headersFor, sendBody } from './outgoing.js';
import { detach, SafeMap } from './primordials.js';
import {
  describeError,
  errorStack,
  explainError,
  limitCode,
  reportException,
  saysClientGone,
} from './report.js';
import { clientGone, incomingState } from './request.js';
import { finishOne, leaveStartUp, RequestRecord, requests, setOnFinished } from './requests.js';
import { isNullBodyStatus, isResponse, responseState } from './response.js';
import { dropTimers } from './timers.js';
import { rewriteTarget } from './next/location.js';
import { INTERNAL } from './webidl.js';

const SCRIPT_ERROR = 'BRINK_SCRIPT_ERROR';
const BAD_RESPONSE = 'BRINK_BAD_RESPONSE';
const CLIENT_GONE = 'BRINK_CLIENT_GONE';
const KEEP_HEADERS = undefined;

class Entry {
  static {
    detach(this);
  }

  constructor(handler, isMiddleware, path) {
    this.handler = handler;
    this.isMiddleware = isMiddleware;
    this.path = path;
  }
}

/** @type {Map<number, Entry>} */
const entries = new SafeMap();

export function addEntry(id, handler, isMiddleware, path) {
  entries.set(id, new Entry(handler, isMiddleware, path));
}

/** The record whose handler is being called, and whether all of it is through already. */
let dispatching = null;
let through = false;

/** Callbacks.dispatch */
export function dispatch(entryId, id, method, url, bodyKind, params) {
  const entry = entries.get(entryId);
  const record = new RequestRecord(id, entry, method, url, params);
  dispatching = record;
  through = false;
  callHandler(record, entry, bodyKind);
  dispatching = null;
  return through;
}

function callHandler(record, entry, bodyKind) {
  requests.set(record.id, record);
  leaveStartUp();
  if (entry === undefined) {
    failWith(record, 'BRINK_INTERNAL', 'this entry is not loaded', '');
    settled(record);
    return;
  }
  let pending;
  try {
    if (entry.isMiddleware) record.filterHeaders = hideFlightHeaders;
    const request = new NextRequest(INTERNAL, incomingState(record, bodyKind));
    const { handler } = entry;
    const result = handler(request, new NextFetchEvent(INTERNAL, record));
    if (isResponse(result) || result === undefined || result === null) {
      answer(record, result);
    } else {
      pending = result;
      const state = promiseState(result);
      if (state !== PENDING) {
        pending = undefined;
        const value = natives.promiseResult(result);
        if (state === FULFILLED) answer(record, value);
        else rejected(record, result, value);
      }
    }
  } catch (error) {
    pending = undefined;
    failWithError(record, error);
  }
  if (pending === undefined) settled(record);
  else answerLater(record, pending);
}

const PENDING = 0;
const FULFILLED = 1;

/** State of a native promise; PENDING for anything else. */
function promiseState(value) {
  if (!(value instanceof Promise)) return PENDING;
  try {
    return natives.promiseState(value);
  } catch {
    return PENDING;
  }
}

async function swallow(promise) {
  try {
    await promise;
  } catch {
    // Reported already; this only marks the rejection as handled.
  }
}

function rejected(record, promise, reason) {
  swallow(promise);
  failWithError(record, reason);
}

async function answerLater(record, result) {
  try {
    answer(record, await result);
  } catch (error) {
    failWithError(record, error);
  }
  settled(record);
}

/** The handler is through; what it left behind may go on. */
function settled(record) {
  if (record.ended) return;
  record.settled = true;
  if (record.afterTasks !== null) runAfterTasks(record);
  finishOne(record);
}

function answer(record, value) {
  if (record.answered || record.ended) return;
  if (isResponse(value)) {
    if (record.entry.isMiddleware) answerMiddleware(record, responseState(value));
    else answerHandler(record, responseState(value));
  } else if (record.entry.isMiddleware && (value === undefined || value === null)) {
    natives.next(record.id, undefined, KEEP_HEADERS, '', 200);
    record.answered = true;
  } else {
    failWith(
      record,
      BAD_RESPONSE,
      `${record.entry.isMiddleware ? 'middleware' : 'the handler'} returned ${nameOf(
        value,
      )}; expected a Response${record.entry.isMiddleware ? ' or nothing' : ''}`,
      '',
    );
  }
}

/** Names a value without running any of its code. */
function nameOf(value) {
  if (value === undefined || value === null) return `${value}`;
  const type = typeof value;
  return type === 'object' ? 'an object' : type === 'undefined' ? type : `a ${type}`;
}

/** What the x-middleware-* headers of a response say. */
class Protocol {
  static {
    detach(this);
  }

  constructor() {
    this.next = false;
    this.rewrite = undefined;
    this.setCookie = undefined;
    /** Flat request headers for the origin; undefined: as the client sent them. */
    this.overrides = undefined;
    /** The response's headers without the protocol. */
    this.rest = undefined;
  }
}

function hasProtocol(list) {
  for (let i = 0; i < list.length; i += 2) {
    if (isProtocolHeader(list[i])) return true;
  }
  return false;
}

function readProtocol(list) {
  const protocol = new Protocol();
  const rest = [];
  let names;
  for (let i = 0; i < list.length; i += 2) {
    const name = list[i];
    if (!isProtocolHeader(name)) {
      rest[rest.length] = name;
      rest[rest.length] = list[i + 1];
    } else if (name === 'x-middleware-next') {
      protocol.next = list[i + 1] === '1';
    } else if (name === 'x-middleware-rewrite') {
      protocol.rewrite = list[i + 1];
    } else if (name === 'x-middleware-set-cookie') {
      protocol.setCookie = list[i + 1];
    } else if (name === 'x-middleware-override-headers') {
      names = list[i + 1];
    }
  }
  protocol.rest = rest;
  if (names !== undefined) {
    const overrides = [];
    for (const part of names.split(',')) {
      const name = part.trim().toLowerCase();
      const value = name === '' ? null : getFrom(list, `x-middleware-request-${name}`);
      if (value !== null) {
        overrides[overrides.length] = name;
        overrides[overrides.length] = value;
      }
    }
    protocol.overrides = overrides;
  }
  return protocol;
}

/** Of a response that goes on to the origin's: the origin's body has its own. */
function isBodyHeader(name) {
  return (
    name === 'content-length' ||
    name === 'content-encoding' ||
    name === 'transfer-encoding' ||
    name === 'connection' ||
    name === 'keep-alive' ||
    name === 'keepalive' ||
    name === 'accept-encoding' ||
    name === 'expect'
  );
}

function withoutBodyHeaders(list) {
  for (let i = 0; i < list.length; i += 2) {
    if (isBodyHeader(list[i])) {
      const kept = [];
      for (let j = 0; j < list.length; j += 2) {
        if (!isBodyHeader(list[j])) kept.push(list[j], list[j + 1]);
      }
      return kept;
    }
  }
  return list;
}

function answerMiddleware(record, state) {
  const list = shareList(state.headers);
  if (!hasProtocol(list)) {
    respond(record, state, withoutEmpty(list));
    return;
  }
  const protocol = readProtocol(list);
  if (!protocol.next && protocol.rewrite === undefined) {
    respond(record, state, withoutEmpty(protocol.rest));
    return;
  }
  let requestHeaders = overridesOf(state.headers) ?? protocol.overrides;
  if (requestHeaders !== undefined) {
    // Still the client's own list: the front has it.
    requestHeaders =
      requestHeaders === record.headerList
        ? KEEP_HEADERS
        : withFlightHeaders(record, requestHeaders);
  }
  const rewriteUrl =
    protocol.rewrite === undefined ? undefined : rewriteTarget(record, protocol.rewrite);
  const responseHeaders = withoutBodyHeaders(withoutEmpty(protocol.rest));
  if (protocol.setCookie) responseHeaders.push('x-middleware-set-cookie', protocol.setCookie);
  natives.next(
    record.id,
    rewriteUrl,
    requestHeaders === KEEP_HEADERS ? undefined : wireHeaders(requestHeaders),
    wireHeaders(responseHeaders),
    state.status,
  );
  record.answered = true;
}

function answerHandler(record, state) {
  const list = shareList(state.headers);
  if (!hasProtocol(list)) {
    respond(record, state, list);
    return;
  }
  const protocol = readProtocol(list);
  if (protocol.next || protocol.rewrite !== undefined) {
    failWith(
      record,
      BAD_RESPONSE,
      `NextResponse.${protocol.next ? 'next' : 'rewrite'}() was returned by ` +
        'a handler; a handler has to answer itself',
      '',
    );
    return;
  }
  respond(record, state, protocol.rest);
}

function respond(record, state, list) {
  const { status, statusText, body } = state;
  if (status === 0) {
    failWith(record, BAD_RESPONSE, 'Response.error() was returned; there is nothing to send', '');
    return;
  }
  if (body !== null && body.unusable) {
    failWith(record, BAD_RESPONSE, 'the body of the returned Response was read already', '');
    return;
  }
  list = headersFor(body, state.headers, list, record);
  const headers = wireHeaders(finalHeaders(record, state, list));
  const { id } = record;
  if (body === null || isNullBodyStatus(status) || record.method === 'HEAD') {
    natives.respond(id, status, statusText, headers, BODY_NONE);
    record.answered = true;
    if (body !== null && body.source === null) cancelBody(body);
    return;
  }
  sendBody(
    body,
    RESPONSE_BODY,
    (bodyKind, data, extra) => {
      const sent = natives.respond(id, status, statusText, headers, bodyKind, data, extra);
      if (sent !== false) record.answered = true;
      return sent === false ? 0 : id;
    },
    () => {
      record.pending++;
      return () => finishOne(record);
    },
  );
}

function cancelBody(body) {
  if (body.stream === null) {
    body.native.cancel();
    return;
  }
  swallow(body.stream.cancel());
}

function failWithError(record, error) {
  const code = saysClientGone(error) ? CLIENT_GONE : (limitCode(error) ?? SCRIPT_ERROR);
  const stack = errorStack(error) === '' ? '' : describeError(error);
  failWith(record, code, explainError(error), stack, error);
}

/**
 * The one answer for everything that went wrong; after the head was sent only the log can say it.
 */
function failWith(record, code, message, stack, error) {
  if (record.ended) return;
  if (record.answered) {
    if (error === undefined) reportException(message, code);
    else reportException(error, `${code}:`);
    return;
  }
  record.answered = true;
  try {
    natives.fail(record.id, code, message, stack);
  } catch {
    // C++ has ended the request already.
  }
}

/** Drops what a request holds in JavaScript. */
function drop(record, tellNatives) {
  record.ended = true;
  requests.delete(record.id);
  if (record.timers !== null) dropTimers(record, tellNatives);
  if (record.fetches !== null) dropFetches(record);
  if (!tellNatives) dropOutgoing(RESPONSE_BODY, record.id);
}

setOnFinished((record) => {
  try {
    drop(record, true);
  } catch (error) {
    reportException(error);
  } finally {
    if (record === dispatching) through = true;
    else natives.done(record.id);
  }
});

/**
 * Callbacks.onAbort: the client has left. Called in two turns: the first tells the script, the second
 * ends what only the client waited for. A run that gave something to waitUntil() or after(), or that
 * answered already, goes on, as on Workers.
 */
export function onAbort(id) {
  const record = requests.get(id);
  if (record === undefined) return;
  if (record.aborted) {
    const goesOn = record.settled || record.pending > 1 || record.afterTasks !== null;
    if (!goesOn) finishOne(record);
    return;
  }
  record.aborted = true;
  const { signal } = record;
  if (signal !== null) abortSignal(signal, clientGone());
}

/** Callbacks.onRequestKilled */
export function onRequestKilled(id) {
  const record = requests.get(id);
  if (record !== undefined) drop(record, false);
}

/** Callbacks.onUnhandledRejection */
export function onUnhandledRejection(id, reason) {
  if (saysClientGone(reason)) return;
  try {
    natives.log(3, `Unhandled rejection: ${describeError(reason)}`);
  } catch {
    // The request that would get this line has ended.
  }
}

/** Callbacks.onBody for the body of a request. */
export function onRequestBody(id, state, bytes, error) {
  requests.get(id)?.body?.receive(state, bytes, error);
}
