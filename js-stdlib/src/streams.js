// Web Streams: the web-streams-polyfill package, as it is. What the bundle needs of it for itself
// is taken here, before user code can change the prototypes.
import {
  ReadableByteStreamController,
  ReadableStream,
  ReadableStreamDefaultReader,
} from 'web-streams-polyfill';
import { getOwnPropertyDescriptor, isPrototypeOf, uncurryThis } from './primordials.js';

export {
  ByteLengthQueuingStrategy,
  CountQueuingStrategy,
  ReadableByteStreamController,
  ReadableStream,
  ReadableStreamBYOBReader,
  ReadableStreamBYOBRequest,
  ReadableStreamDefaultController,
  ReadableStreamDefaultReader,
  TransformStream,
  TransformStreamDefaultController,
  WritableStream,
  WritableStreamDefaultController,
  WritableStreamDefaultWriter,
} from 'web-streams-polyfill';

// The package brings an iterator prototype of its own; https://streams.spec.whatwg.org/#rs-asynciterator
// wants the engine's above it.
const { getPrototypeOf, setPrototypeOf } = Reflect;
setPrototypeOf(
  getPrototypeOf(new ReadableStream().values()),
  getPrototypeOf(getPrototypeOf(async function* () {}).prototype),
);

export const streamCancel = uncurryThis(ReadableStream.prototype.cancel);
export const streamTee = uncurryThis(ReadableStream.prototype.tee);
const getLocked = uncurryThis(getOwnPropertyDescriptor(ReadableStream.prototype, 'locked').get);
export const readerRead = uncurryThis(ReadableStreamDefaultReader.prototype.read);
export const readerCancel = uncurryThis(ReadableStreamDefaultReader.prototype.cancel);
export const readerReleaseLock = uncurryThis(ReadableStreamDefaultReader.prototype.releaseLock);

export function isReadableStream(value) {
  if (typeof value !== 'object' || value === null) return false;
  try {
    getLocked(value);
    return true;
  } catch {
    return false;
  }
}

export function isLocked(stream) {
  return getLocked(stream);
}

/** https://streams.spec.whatwg.org/#is-readable-stream-disturbed; the polyfill keeps it here. */
export function isDisturbed(stream) {
  return stream._disturbed;
}

export function markDisturbed(stream) {
  stream._disturbed = true;
}

const controllerPrototype = ReadableByteStreamController.prototype;

/** Made with type: 'bytes'. */
export function isByteStream(stream) {
  return isPrototypeOf(controllerPrototype, stream._readableStreamController);
}

export function getReader(stream) {
  return new ReadableStreamDefaultReader(stream);
}

/** Of a body's stream that has something else than bytes in it. */
export function chunkError(value) {
  const kind = value === null ? 'null' : `a value of type ${typeof value}`;
  return new TypeError(
    `Received non-Uint8Array chunk: ${kind}. Encode text with a TextEncoder, or with ` +
      'pipeThrough(new TextEncoderStream())',
  );
}
