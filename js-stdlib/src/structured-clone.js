// https://html.spec.whatwg.org/#dom-structuredclone, on V8's serializer.
import { AbortController, isAbortSignal } from './abort.js';
import { copyBlob, isBlob } from './blob.js';
import { copyDomException, DOMException, isDomException } from './domexception.js';
import { Event, EventTarget } from './events.js';
import { isFormData } from './formdata.js';
import { isHeaders } from './headers.js';
import { natives } from './natives.js';
import { isArrayBuffer, isPrototypeOf } from './primordials.js';
import { errorMessage } from './report.js';
import { isRequest } from './request.js';
import { isResponse } from './response.js';
import { isReadableStream, TransformStream, WritableStream } from './streams.js';
import { urlParts } from './url.js';
import { isUrlSearchParams } from './urlsearchparams.js';
import { dictionary, requireArguments } from './webidl.js';

const { getPrototypeOf } = Reflect;

/** Interfaces whose objects cannot be cloned, by the text that names them. */
const NOT_CLONEABLE = [
  ['URL', (value) => urlParts(value) !== undefined],
  ['URLSearchParams', isUrlSearchParams],
  ['Headers', isHeaders],
  ['Request', isRequest],
  ['Response', isResponse],
  ['FormData', isFormData],
  ['AbortSignal', isAbortSignal],
  ['ReadableStream', isReadableStream],
  ['WritableStream', instanceOf(WritableStream)],
  ['TransformStream', instanceOf(TransformStream)],
  ['AbortController', instanceOf(AbortController)],
  ['Event', instanceOf(Event)],
  ['EventTarget', instanceOf(EventTarget)],
];

function instanceOf(Class) {
  const { prototype } = Class;
  return (value) => isPrototypeOf(prototype, value);
}

function dataCloneError(message) {
  return new DOMException(message, 'DataCloneError');
}

/**
 * Copies of the platform objects in one value, which V8 knows nothing of. The serializer asks with each
 * object (natives.structuredClone).
 */
function platformCopies() {
  const copies = [];
  return {
    __proto__: null,
    copies,
    /** The copy's place in the list; -1: an object like any other. */
    placeOf(object) {
      const prototype = getPrototypeOf(object);
      if (prototype === null || prototype === Object.prototype) return -1;
      if (isBlob(object)) copies[copies.length] = copyBlob(object);
      else if (isDomException(object)) copies[copies.length] = copyDomException(object);
      else {
        for (const { 0: name, 1: is } of NOT_CLONEABLE) {
          if (is(object)) throw new Error(`#<${name}> could not be cloned.`);
        }
        return -1;
      }
      return copies.length - 1;
    },
  };
}

export function structuredClone(value, options = undefined) {
  requireArguments(arguments.length, 1, 'structuredClone');
  const transfer = dictionary(options, 'structuredClone: options')?.transfer;
  const buffers = transfer === undefined ? [] : [...transfer];
  for (const [index, buffer] of buffers.entries()) {
    if (!isArrayBuffer(buffer)) {
      throw dataCloneError('Value of type other than ArrayBuffer cannot be transferred.');
    }
    if (buffers.indexOf(buffer) !== index || buffer.detached) {
      throw dataCloneError('An ArrayBuffer is detached or in the transfer list twice.');
    }
  }
  const { copies, placeOf } = platformCopies();
  try {
    return natives.structuredClone(value, buffers, placeOf, copies);
  } catch (error) {
    throw dataCloneError(errorMessage(error).replace(/^\w*Error: /, ''));
  }
}
