// https://w3c.github.io/webcrypto/#Crypto-interface, without subtle.
import { DOMException } from './domexception.js';
import { natives } from './natives.js';
import { typedArrayName, viewBytes } from './primordials.js';
import { defineInterface, illegalInvocation, INTERNAL, requireArguments } from './webidl.js';

const MAX_BYTES = 65536;
const INTEGER_ARRAYS = new Set([
  'Int8Array',
  'Uint8Array',
  'Uint8ClampedArray',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
  'BigInt64Array',
  'BigUint64Array',
]);

export class Crypto {
  #brand = true;

  constructor(token) {
    if (token !== INTERNAL) throw new TypeError('Illegal constructor');
  }

  getRandomValues(array) {
    if (!(#brand in this)) throw illegalInvocation();
    requireArguments(arguments.length, 1, 'Crypto.getRandomValues');
    if (!INTEGER_ARRAYS.has(typedArrayName(array))) {
      throw new DOMException(
        'The data argument must be an integer-type TypedArray',
        'TypeMismatchError',
      );
    }
    if (array.byteLength > MAX_BYTES) {
      throw new DOMException(
        `The requested length exceeds ${MAX_BYTES} bytes`,
        'QuotaExceededError',
      );
    }
    natives.getRandomValues(viewBytes(array));
    return array;
  }

  randomUUID() {
    if (!(#brand in this)) throw illegalInvocation();
    return natives.randomUUID();
  }
}
defineInterface(Crypto, 'Crypto');

export const crypto = new Crypto(INTERNAL);
