// https://html.spec.whatwg.org/#dom-structuredclone, on V8's serializer.
import { DOMException } from './domexception.js';
import { natives } from './natives.js';
import { isArrayBuffer } from './primordials.js';
import { errorMessage } from './report.js';
import { dictionary, requireArguments } from './webidl.js';

export function structuredClone(value, options = undefined) {
  requireArguments(arguments.length, 1, 'structuredClone');
  const transfer = dictionary(options, 'structuredClone: options')?.transfer;
  const buffers = transfer === undefined ? [] : [...transfer];
  for (const [index, buffer] of buffers.entries()) {
    if (!isArrayBuffer(buffer)) {
      throw new DOMException(
        'Value of type other than ArrayBuffer cannot be transferred.',
        'DataCloneError',
      );
    }
    if (buffers.indexOf(buffer) !== index || buffer.detached) {
      throw new DOMException(
        'An ArrayBuffer is detached or in the transfer list twice.',
        'DataCloneError',
      );
    }
  }
  try {
    return natives.structuredClone(value, buffers);
  } catch (error) {
    throw new DOMException(errorMessage(error).replace(/^\w*Error: /, ''), 'DataCloneError');
  }
}
