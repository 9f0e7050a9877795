// Bodies whose bytes are still in the front: of the client's request and of fetch responses.
import { CHUNK_END, CHUNK_ERROR, natives } from './natives.js';
import { concatBytes } from './primordials.js';
import { markClientGone } from './report.js';
import { ReadableStream } from './streams.js';

const STREAM_CHUNK_BYTES = 64 * 1024;
const READ_ALL_BYTES = 0x7fffffff;

/**
 * One incoming body. Untouched, it can be handed on without its bytes ever coming here
 * (PassThrough). At most one pull is under way; C++ answers each by one onBody().
 */
export class NativeBody {
  constructor(kind, id, whole = false) {
    this.kind = kind;
    this.id = id;
    /** All of it came with the request: taken at once, unless somebody pulls or passes it on. */
    this.whole = whole;
    /** Somebody read, cancelled or passed on the body. */
    this.touched = false;
    this.ended = false;
    this.error = null;
    this.waiting = null;
  }

  /**
   * @param {number} maxBytes
   * @param {(error: Error | null, bytes?: Uint8Array, ended?: boolean) => void} callback
   */
  pull(maxBytes, callback) {
    this.touched = true;
    this.whole = false;
    if (this.ended) {
      callback(this.error, undefined, true);
      return;
    }
    this.waiting = callback;
    try {
      natives.bodyPull(this.kind, this.id, maxBytes);
    } catch (error) {
      this.waiting = null;
      this.fail(error);
      callback(this.error, undefined, true);
    }
  }

  /** Callbacks.onBody */
  receive(state, bytes, error) {
    const callback = this.waiting;
    this.waiting = null;
    if (state === CHUNK_ERROR) this.fail(bodyError(error));
    else if (state === CHUNK_END) this.ended = true;
    if (callback !== null) callback(this.error, bytes, this.ended);
  }

  fail(error) {
    this.ended = true;
    this.error = error;
  }

  cancel() {
    this.touched = true;
    if (this.ended) return;
    this.ended = true;
    const callback = this.waiting;
    this.waiting = null;
    natives.bodyCancel(this.kind, this.id);
    if (callback !== null) callback(null, undefined, true);
  }

  /** The request is over: whoever still waits gets an error. */
  drop(error) {
    if (this.ended) return;
    this.fail(error);
    const callback = this.waiting;
    this.waiting = null;
    if (callback !== null) callback(error, undefined, true);
  }

  /** The body that came with the request; `asText`: as a string. Only while `whole`. */
  takeWhole(asText) {
    this.touched = true;
    this.ended = true;
    this.whole = false;
    return asText ? natives.wholeBodyText(this.id) : natives.wholeBodyBytes(this.id);
  }

  /** All bytes at once, past the stream machinery. */
  readAll() {
    return new Promise((resolve, reject) => {
      const chunks = [];
      let total = 0;
      const step = (error, bytes, ended) => {
        if (error !== null) {
          reject(error);
          return;
        }
        if (bytes !== undefined && bytes.length > 0) {
          chunks[chunks.length] = bytes;
          total += bytes.length;
        }
        if (ended) resolve(concatBytes(chunks, total));
        else this.pull(READ_ALL_BYTES, step);
      };
      this.pull(READ_ALL_BYTES, step);
    });
  }

  /** A byte stream that asks for bytes only when it is read. */
  makeStream() {
    const body = this;
    const stream = new ReadableStream(
      {
        type: 'bytes',
        pull(controller) {
          return new Promise((resolve, reject) => {
            body.pull(STREAM_CHUNK_BYTES, (error, bytes, ended) => {
              if (error !== null) {
                reject(error);
                return;
              }
              if (bytes !== undefined && bytes.length > 0) controller.enqueue(bytes);
              if (ended) {
                controller.close();
                controller.byobRequest?.respond(0);
              }
              resolve();
            });
          });
        },
        cancel() {
          body.cancel();
        },
      },
      { highWaterMark: 0 },
    );
    sources.set(stream, body);
    return stream;
  }
}

const sources = new WeakMap();
const { get: weakMapGet } = WeakMap.prototype;

/** The NativeBody behind a stream made by makeStream(); undefined for other streams. */
export function nativeBodyOf(stream) {
  return Reflect.apply(weakMapGet, sources, [stream]);
}

/** `message`: "BRINK_X: what happened". The code is in cause.code, as that of a failed fetch(). */
function bodyError(message) {
  if (message === undefined || message === '') return new TypeError('terminated');
  const error = new TypeError(message);
  const colon = message.indexOf(':');
  if (message.startsWith('BRINK_') && colon > 0) {
    const cause = new Error(message.slice(colon + 2));
    cause.code = message.slice(0, colon);
    Object.defineProperty(error, 'cause', { value: cause, writable: true, configurable: true });
  }
  return message.startsWith('BRINK_CLIENT_GONE') ? markClientGone(error) : error;
}
