// https://fetch.spec.whatwg.org/#concept-body-clone: both halves get chunks of their own, so that what
// one reader does to its bytes is not seen by the other. A byte stream's tee() does that by itself.
// Follows https://streams.spec.whatwg.org/#abstract-opdef-readablestreamdefaulttee, cloneForBranch2.
import { DOMException } from './domexception.js';
import { natives } from './natives.js';
import { isUint8Array } from './primordials.js';
import { errorMessage } from './report.js';
import {
  getReader,
  isByteStream,
  ReadableStream,
  readerCancel,
  readerRead,
  streamTee,
} from './streams.js';

function copyOf(chunk) {
  if (isUint8Array(chunk)) return chunk.slice();
  try {
    return natives.structuredClone(chunk, [], () => -1, []);
  } catch (error) {
    throw new DOMException(errorMessage(error), 'DataCloneError');
  }
}

/** @returns {[ReadableStream, ReadableStream]} */
export function teeWithCopies(stream) {
  return isByteStream(stream) ? streamTee(stream) : copyingTee(stream);
}

function copyingTee(stream) {
  const reader = getReader(stream);
  const controllers = [null, null];
  const reasons = [undefined, undefined];
  const gone = [false, false];
  let finishCancel;
  const cancelled = new Promise((resolve) => {
    finishCancel = resolve;
  });
  let reading = false;
  let readAgain = false;
  let over = false;

  function forBoth(act) {
    for (let i = 0; i < 2; i++) {
      if (!gone[i]) act(controllers[i], i);
    }
  }

  function fail(error) {
    over = true;
    forBoth((controller) => controller.error(error));
    finishCancel();
  }

  async function pull() {
    if (reading) {
      readAgain = true;
      return;
    }
    reading = true;
    try {
      do {
        readAgain = false;
        const { done, value } = await readerRead(reader);
        if (done) {
          over = true;
          forBoth((controller) => controller.close());
          finishCancel();
          break;
        }
        const copy = gone[1] ? undefined : copyOf(value);
        forBoth((controller, i) => controller.enqueue(i === 0 ? value : copy));
      } while (readAgain);
    } catch (error) {
      if (!over) readerCancel(reader, error).catch(() => {});
      fail(error);
    }
    reading = false;
  }

  function cancel(index, reason) {
    gone[index] = true;
    reasons[index] = reason;
    if (gone[1 - index] && !over) finishCancel(readerCancel(reader, reasons));
    return cancelled;
  }

  function branch(index) {
    return new ReadableStream(
      {
        __proto__: null,
        start(controller) {
          controllers[index] = controller;
        },
        pull() {
          pull();
        },
        cancel(reason) {
          return cancel(index, reason);
        },
      },
      { __proto__: null, highWaterMark: 0 },
    );
  }

  return [branch(0), branch(1)];
}
