// https://fetch.spec.whatwg.org/#body-mixin. A body is text, bytes, a NativeBody or a stream; a
// stream is made only when somebody asks for `.body`.
import { blobBytes, isBlob, makeBlob } from './blob.js';
import { decodeText, withoutBom } from './encoding.js';
import { isFormData } from './formdata.js';
import { extractMimeType } from './mime.js';
import { encodeFormData, parseFormData } from './multipart.js';
import { nativeBodyOf } from './native-body.js';
import { natives } from './natives.js';
import {
  concatBytes,
  defineProperty,
  detach,
  isUint8Array,
  jsonParse,
  toWellFormed,
  viewBytes,
} from './primordials.js';
import {
  chunkError,
  getReader,
  isDisturbed,
  isLocked,
  isReadableStream,
  markDisturbed,
  ReadableStream,
  readerRead,
} from './streams.js';
import { teeWithCopies } from './tee.js';
import { isUrlSearchParams } from './urlsearchparams.js';

const UNUSABLE = 'Body is unusable: Body has already been read';

export class Body {
  static {
    detach(this);
  }

  /**
   * @param {string | Uint8Array | null} source
   * @param {ReadableStream | null} stream
   * @param {import('./native-body.js').NativeBody | null} native
   */
  constructor(source, stream, native) {
    this.source = source;
    this.stream = stream;
    this.native = native;
    /** Read by text() and so on, or sent. */
    this.consumed = false;
  }

  get used() {
    return (
      this.consumed ||
      (this.stream !== null && isDisturbed(this.stream)) ||
      (this.stream === null && this.native !== null && this.native.touched)
    );
  }

  get unusable() {
    return this.used || (this.stream !== null && isLocked(this.stream));
  }

  /** The bytes never came here: the front can join the two ends itself. */
  get passable() {
    const { native } = this;
    return native !== null && !native.touched && !native.mustDecode && !this.unusable;
  }

  getStream() {
    if (this.stream !== null) return this.stream;
    this.stream = this.native !== null ? this.native.makeStream() : sourceStream(this.source);
    if (this.consumed) {
      markDisturbed(this.stream);
      getReader(this.stream);
    }
    return this.stream;
  }

  /** Marks a body as taken, as reading it to its end would. */
  consume() {
    this.consumed = true;
    if (this.native !== null) this.native.touched = true;
    if (this.stream !== null) {
      markDisturbed(this.stream);
      getReader(this.stream);
    }
  }

  /** Splits the body in two; this one goes on with the first half. */
  tee() {
    if (this.stream === null && this.source !== null) {
      const copy = new Body(this.source, null, null);
      return copy;
    }
    const [one, two] = teeWithCopies(this.getStream());
    this.stream = one;
    this.native = null;
    this.source = null;
    return new Body(null, two, null);
  }

  /**
   * Everything; consumes the body.
   * @param {boolean} asText it will be text: a string is welcome
   * @returns {string | Uint8Array | Promise<Uint8Array>}
   */
  readAll(asText) {
    const { source, stream, native } = this;
    if (stream === null) {
      this.consumed = true;
      if (source !== null) return source;
      return native.whole ? native.takeWhole(asText) : native.readAll();
    }
    if (source !== null || (native !== null && !native.touched)) {
      this.consume();
      return source !== null ? source : native.readAll();
    }
    this.consumed = true;
    return readStream(stream);
  }
}

function sourceStream(source) {
  return new ReadableStream(
    {
      __proto__: null,
      type: 'bytes',
      pull(controller) {
        const bytes = typeof source === 'string' ? natives.utf8Encode(source) : source.slice();
        if (bytes.length > 0) controller.enqueue(bytes);
        controller.close();
        controller.byobRequest?.respond(0);
      },
    },
    { __proto__: null, highWaterMark: 0 },
  );
}

async function readStream(stream) {
  const reader = getReader(stream);
  const chunks = [];
  let total = 0;
  for (;;) {
    const { done, value } = await readerRead(reader);
    if (done) return concatBytes(chunks, total);
    if (!isUint8Array(value)) throw chunkError(value);
    chunks[chunks.length] = value;
    total += value.length;
  }
}

const AS_TEXT = 0;
const AS_JSON = 1;
const AS_BUFFER = 2;
const AS_BYTES = 3;
const AS_BLOB = 4;
const AS_FORM_DATA = 5;

function ownBytes(data) {
  return typeof data === 'string' ? natives.utf8Encode(data) : data;
}

/** Bytes that nobody else holds. */
function freshBytes(data, shared) {
  const bytes = ownBytes(data);
  return (shared && bytes === data) || bytes.byteLength !== bytes.buffer.byteLength
    ? bytes.slice()
    : bytes;
}

function convert(data, what, contentType, shared) {
  switch (what) {
    case AS_TEXT:
      return typeof data === 'string' ? withoutBom(data) : decodeText(data);
    case AS_JSON:
      return jsonParse(typeof data === 'string' ? withoutBom(data) : decodeText(data));
    case AS_BUFFER:
      return freshBytes(data, shared).buffer;
    case AS_BYTES:
      return freshBytes(data, shared);
    case AS_BLOB:
      return makeBlob(freshBytes(data, shared), extractMimeType(contentType)?.serialize() ?? '');
    default:
      return parseFormData(ownBytes(data), contentType);
  }
}

/** https://fetch.spec.whatwg.org/#concept-body-consume-body */
async function consumeBody(body, what, contentType) {
  if (body === null) return convert('', what, contentType, false);
  if (body.unusable) throw new TypeError(UNUSABLE);
  const data = body.readAll(what === AS_TEXT || what === AS_JSON);
  if (typeof data === 'string' || isUint8Array(data)) return convert(data, what, contentType, true);
  return convert(await data, what, contentType, false);
}

/**
 * Adds the Body mixin to Request or Response.
 * @param {(self: object) => {body: Body | null}} stateOf throws on a wrong `self`
 * @param {(state: object) => string | null} contentTypeOf
 */
export function defineBodyMixin(Class, stateOf, contentTypeOf) {
  const methods = {
    async text() {
      return consumeBody(stateOf(this).body, AS_TEXT, null);
    },
    async json() {
      return consumeBody(stateOf(this).body, AS_JSON, null);
    },
    async arrayBuffer() {
      return consumeBody(stateOf(this).body, AS_BUFFER, null);
    },
    async bytes() {
      return consumeBody(stateOf(this).body, AS_BYTES, null);
    },
    async blob() {
      const state = stateOf(this);
      return consumeBody(state.body, AS_BLOB, contentTypeOf(state));
    },
    async formData() {
      const state = stateOf(this);
      return consumeBody(state.body, AS_FORM_DATA, contentTypeOf(state));
    },
  };
  for (const key of Reflect.ownKeys(methods)) {
    defineProperty(Class.prototype, key, {
      value: methods[key],
      writable: true,
      enumerable: true,
      configurable: true,
    });
  }
  defineProperty(Class.prototype, 'body', {
    get: {
      body() {
        return stateOf(this).body?.getStream() ?? null;
      },
    }.body,
    enumerable: true,
    configurable: true,
  });
  defineProperty(Class.prototype, 'bodyUsed', {
    get: {
      bodyUsed() {
        return stateOf(this).body?.used ?? false;
      },
    }.bodyUsed,
    enumerable: true,
    configurable: true,
  });
}

/**
 * https://fetch.spec.whatwg.org/#concept-bodyinit-extract
 * @returns {{body: Body, type: string | null}}
 */
export function extractBody(init) {
  if (typeof init === 'string') {
    return { body: new Body(toWellFormed(init), null, null), type: 'text/plain;charset=UTF-8' };
  }
  if (typeof init === 'object' && init !== null) {
    if (isReadableStream(init)) {
      if (isLocked(init) || isDisturbed(init)) {
        throw new TypeError('Response body object should not be disturbed or locked');
      }
      return { body: new Body(null, init, nativeBodyOf(init) ?? null), type: null };
    }
    const bytes = viewBytes(init);
    if (bytes !== undefined) return { body: new Body(bytes.slice(), null, null), type: null };
    if (isUrlSearchParams(init)) {
      return {
        body: new Body(init.toString(), null, null),
        type: 'application/x-www-form-urlencoded;charset=UTF-8',
      };
    }
    if (isBlob(init))
      return { body: new Body(blobBytes(init), null, null), type: init.type || null };
    if (isFormData(init)) {
      const { bytes: encoded, type } = encodeFormData(init);
      return { body: new Body(encoded, null, null), type };
    }
  }
  return { body: new Body(toWellFormed(`${init}`), null, null), type: 'text/plain;charset=UTF-8' };
}
