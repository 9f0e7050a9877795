// Bodies whose bytes are still in the front: of the client's request and of fetch responses.
import { pullDecoded } from './decoding.js';
import { CHUNK_END, CHUNK_ERROR, natives } from './natives.js';
import { concatBytes, detach, regExpExec, setCause, withCode } from './primordials.js';
import { markClientGone } from './report.js';
import { ReadableStream } from './streams.js';

const STREAM_CHUNK_BYTES = 64 * 1024;
const READ_ALL_BYTES = 0x7fffffff;

/**
 * One incoming body. Untouched, it can be handed on without its bytes ever coming here
 * (PassThrough). At most one pull is under way; C++ answers each by one onBody().
 */
export class NativeBody {
  static {
    detach(this);
  }

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
    /** What pull() takes off; see decoding.js. '': nothing. */
    this.codings = '';
    /** The header that says so. */
    this.contentEncoding = null;
    /** It may not pass on as it is. */
    this.mustDecode = false;
    /** Encoded bytes that arrived, on their way to the decoder. */
    this.input = undefined;
    /** All of it was decoded. */
    this.decoded = false;
  }

  /**
   * @param {number} maxBytes
   * @param {(error: Error | null, bytes?: Uint8Array, ended?: boolean) => void} callback
   */
  pull(maxBytes, callback) {
    this.touched = true;
    this.whole = false;
    if (this.codings !== '') pullDecoded(this, callback);
    else this.pullRaw(maxBytes, callback);
  }

  /** The bytes as they arrive. */
  pullRaw(maxBytes, callback) {
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
    if (this.ended && (this.codings === '' || this.decoded)) return;
    this.ended = true;
    this.decoded = true;
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
      // A pull may be answered at once: a loop, as one body can have many thousand pieces.
      let again = false;
      let looping = false;
      const loop = () => {
        looping = true;
        do {
          again = false;
          this.pull(READ_ALL_BYTES, step);
        } while (again);
        looping = false;
      };
      const step = (error, bytes, ended) => {
        if (error !== null) {
          reject(error);
          return;
        }
        if (bytes !== undefined && bytes.length > 0) {
          chunks[chunks.length] = bytes;
          total += bytes.length;
        }
        if (ended) {
          resolve(concatBytes(chunks, total));
          return;
        }
        again = true;
        if (!looping) loop();
      };
      loop();
    });
  }

  /** A byte stream that asks for bytes only when it is read. */
  makeStream() {
    const body = this;
    const stream = new ReadableStream(
      {
        __proto__: null,
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
      { __proto__: null, highWaterMark: 0 },
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

const CODED = /^(BRINK_[A-Z_]+): (.*)$/s;

/** `message`: "BRINK_X: what happened". The code is in cause.code, as that of a failed fetch(). */
function bodyError(message) {
  if (message === undefined || message === '') return new TypeError('terminated');
  const error = new TypeError(message);
  const match = regExpExec(CODED, message);
  if (match === null) return error;
  setCause(error, withCode(new Error(match[2]), match[1]));
  return match[1] === 'BRINK_CLIENT_GONE' ? markClientGone(error) : error;
}
