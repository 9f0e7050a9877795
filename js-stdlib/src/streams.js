// Web Streams: the web-streams-polyfill package, as it is. What the bundle needs of it for itself
// is taken here, before user code can change the prototypes.
import { ReadableStream, ReadableStreamDefaultReader } from 'web-streams-polyfill';
import { getOwnPropertyDescriptor, uncurryThis } from './primordials.js';

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

export function getReader(stream) {
  return new ReadableStreamDefaultReader(stream);
}
