// The same for the web APIs that third-party code in the bundle reads as globals.
export { DOMException } from '../domexception.js';
export { AbortController } from '../abort.js';
export { TextDecoder } from '../encoding.js';
export { queueMicrotask } from '../timers.js';
