// Bodies that leave the script: of the response to the client, and of fetch requests.
import { accepts, agreesWith } from './decoding.js';
import { getFrom, isEncoded, withoutEncoding } from './headers.js';
import {
  BODY_INLINE,
  BODY_NONE,
  BODY_PASS_THROUGH,
  BODY_STREAM,
  natives,
  RESPONSE_BODY,
} from './natives.js';
import { detach, isUint8Array, SafeMap } from './primordials.js';
import { errorMessage, limitCode, reportException, saysClientGone } from './report.js';
import { clientHeaders } from './request.js';
import { chunkError, getReader, readerCancel, readerRead } from './streams.js';

const WRITE_BYTES = 32 * 1024;
const KIND_STEP = 0x100000000;

/** kind and id -> OutgoingBody, of bodies that are being streamed. */
const bodies = new SafeMap();

/** One body on its way out; ends when all is written, it broke, or nobody reads it any more. */
class OutgoingBody {
  static {
    detach(this);
  }

  constructor(kind, id, onEnd) {
    this.kind = kind;
    this.id = id;
    this.onEnd = onEnd;
    this.ended = false;
    this.reader = null;
    this.resume = null;
    bodies.set(kind * KIND_STEP + id, this);
  }

  end(error) {
    if (this.ended) return;
    this.forget();
    try {
      natives.streamEnd(this.kind, this.id, error);
    } finally {
      this.onEnd?.();
    }
  }

  /** The reader is gone: onWindow(window < 0). */
  abandon(reason) {
    if (this.ended) return;
    const { reader } = this;
    this.forget();
    if (reader !== null) cancelQuietly(reader, reason);
    this.onEnd?.();
  }

  forget() {
    this.ended = true;
    bodies.delete(this.kind * KIND_STEP + this.id);
    const { resume } = this;
    this.resume = null;
    if (resume !== null) resume();
  }

  windowOpen() {
    return new Promise((resolve) => {
      this.resume = resolve;
    });
  }

  async write(bytes) {
    for (let offset = 0; offset < bytes.length && !this.ended; offset += WRITE_BYTES) {
      const chunk =
        bytes.length <= WRITE_BYTES ? bytes : bytes.subarray(offset, offset + WRITE_BYTES);
      if (natives.streamWrite(this.kind, this.id, chunk) <= 0) await this.windowOpen();
    }
  }

  async writeAll(bytes) {
    try {
      await this.write(bytes);
      this.end();
    } catch (error) {
      this.breakOff(error);
    }
  }

  async pump(stream) {
    try {
      const reader = getReader(stream);
      this.reader = reader;
      while (!this.ended) {
        const { done, value } = await readerRead(reader);
        if (this.ended) return;
        if (done) {
          this.end();
          return;
        }
        if (!isUint8Array(value)) throw chunkError(value);
        await this.write(value);
      }
    } catch (error) {
      this.breakOff(error);
    }
  }

  breakOff(error) {
    const code = limitCode(error);
    // The client sees no more than a body that ends early; a fetch rejects by itself.
    if (this.kind === RESPONSE_BODY && !this.ended && !saysClientGone(error)) {
      reportException(error, `${code ?? 'BRINK_SCRIPT_ERROR'}: the body of the response broke off:`);
    }
    if (this.reader !== null) cancelQuietly(this.reader, error);
    try {
      const message = errorMessage(error);
      this.end(code === undefined ? message : `${code}: ${message}`);
    } catch {
      // C++ has closed the stream already.
    }
  }
}

async function cancelQuietly(reader, reason) {
  try {
    await readerCancel(reader, reason);
  } catch {
    // What the stream's cancel() throws concerns nobody: its reader is gone.
  }
}

/** Callbacks.onWindow */
export function onWindow(kind, id, window) {
  const body = bodies.get(kind * KIND_STEP + id);
  if (body === undefined) return;
  if (window < 0) {
    body.abandon(new TypeError('The reader of this body is gone'));
  } else if (window > 0 && body.resume !== null) {
    const { resume } = body;
    body.resume = null;
    resume();
  }
}

/** Forgets a body without a word to C++ (the request was killed). */
export function dropOutgoing(kind, id) {
  const body = bodies.get(kind * KIND_STEP + id);
  if (body !== undefined) {
    body.ended = true;
    bodies.delete(kind * KIND_STEP + id);
  }
}

/**
 * What a body goes out under. A fetched body that is encoded passes on as it is only under its own
 * Content-Encoding, and to a client that takes it; else it is decoded on its way out, as it is when the
 * script reads it, and its coding and length are taken out of the headers.
 * @param {import('./body.js').Body | null} body
 * @param {import('./headers.js').Headers} headers
 * @param {string[]} list of them, flat, or a part of it
 * @param {import('./requests.js').RequestRecord | null} client that it goes to; null: a fetch's target
 */
export function headersFor(body, headers, list, client) {
  if (body === null) return list;
  const { native } = body;
  const isCoded = native !== null && native.codings !== '';
  if (isCoded && (!agreesWith(native, list) || (client !== null && !takes(client, native)))) {
    native.mustDecode = true;
  }
  return (isCoded || isEncoded(headers)) && !body.passable ? withoutEncoding(list) : list;
}

function takes(client, native) {
  return accepts(getFrom(clientHeaders(client), 'accept-encoding'), native.codings);
}

/**
 * Sends a body by the cheapest way that fits: none, inline, passed through, or streamed.
 * @param {import('./body.js').Body | null} body must not be unusable
 * @param {number} kind StreamKind of the outgoing body
 * @param {(bodyKind: number, data?: unknown, extra?: number) => number} begin sends the head; returns
 *   the id of the outgoing body, or 0 when it has to be streamed: an inline body that does not fit
 *   into one message, or one to pass through that came with another request
 * @param {() => ((() => void) | undefined)} streaming called when the body needs time; the function it
 *   returns is called at the body's end
 */
export function sendBody(body, kind, begin, streaming) {
  if (body === null) return begin(BODY_NONE);
  const { native } = body;
  if (body.passable) {
    const id = begin(BODY_PASS_THROUGH, native.kind, native.id);
    if (id !== 0) {
      body.consume();
      return id;
    }
  }
  const { source, stream } = body;
  if ((source !== null && stream === null) || (source !== null && !body.used)) {
    body.consume();
    if (source.length === 0) return begin(BODY_INLINE, source);
    const inlineId = begin(BODY_INLINE, source);
    if (inlineId !== 0) return inlineId;
    const bytes = typeof source === 'string' ? natives.utf8Encode(source) : source;
    const id = begin(BODY_STREAM, bytes.length);
    new OutgoingBody(kind, id, streaming()).writeAll(bytes);
    return id;
  }
  const id = begin(BODY_STREAM, -1);
  new OutgoingBody(kind, id, streaming()).pump(body.getStream());
  body.consumed = true;
  return id;
}
