// The requests that are being worked on: one record each, from dispatch until natives.done().
import { natives } from './natives.js';
import { detach, SafeMap, SafeSet } from './primordials.js';

const NO_PARAMS = Object.freeze([]);

export class RequestRecord {
  static {
    detach(this);
  }

  constructor(id, entry, method, url, params) {
    this.id = id;
    this.entry = entry;
    this.method = method;
    this.url = url;
    /** See requestParts() in next/next-url.js; null: nobody asked yet. */
    this.parts = null;
    /** Flat [name, value, ...] of the route. */
    this.params = params === undefined ? NO_PARAMS : params;
    /** Of NextFetchEvent: the same as an object; null: nobody asked yet. */
    this.paramsObject = null;
    /** What natives.done() waits for: the handler, waitUntil promises, a streamed body. */
    this.pending = 1;
    this.answered = false;
    this.aborted = false;
    /** The handler returned, or its promise settled. */
    this.settled = false;
    this.ended = false;
    /** The client's header list as C++ gave it; never changed in place. */
    this.headerList = undefined;
    /**
     * (record, list) -> list: what the script may see of the client's headers; null: everything.
     */
    this.filterHeaders = null;
    /** Flat: what filterHeaders took away. */
    this.hiddenHeaders = null;
    /** NativeBody of the request's body, when someone asked for it. */
    this.body = null;
    /** AbortSignal of request.signal, when someone asked for it. */
    this.signal = null;
    this.timers = null;
    /** Fetch ids that this request started and that are still known. */
    this.fetches = null;
    /** Tasks of after(). */
    this.afterTasks = null;
  }

  addTimer(id) {
    (this.timers ??= new SafeSet()).add(id);
  }
}

/** @type {Map<number, RequestRecord>} */
export const requests = new SafeMap();

/**
 * The record of the request whose code runs now; undefined at start-up and after the request's end.
 */
export function currentRecord() {
  const id = natives.currentRequest();
  return id === 0 ? undefined : requests.get(id);
}

let startUp = true;

/** Modules are still being loaded: code may run without a request. */
export function isStartUp() {
  return startUp;
}

export function leaveStartUp() {
  startUp = false;
}

let onFinished;

/** @param {(record: RequestRecord) => void} callback called once for each record, at its end */
export function setOnFinished(callback) {
  onFinished = callback;
}

/** One of the things that the request waits for is through. */
export function finishOne(record) {
  if (--record.pending === 0 && !record.ended) onFinished(record);
}
