// https://html.spec.whatwg.org/#atob
import { DOMException } from './domexception.js';
import { natives } from './natives.js';
import { requireArguments } from './webidl.js';

export function atob(data) {
  requireArguments(arguments.length, 1, 'atob');
  const result = natives.atob(`${data}`);
  if (result === undefined) {
    throw new DOMException(
      'The string to be decoded is not correctly encoded.',
      'InvalidCharacterError',
    );
  }
  return result;
}

export function btoa(data) {
  requireArguments(arguments.length, 1, 'btoa');
  const result = natives.btoa(`${data}`);
  if (result === undefined) {
    throw new DOMException(
      'The string contains characters outside of the Latin1 range.',
      'InvalidCharacterError',
    );
  }
  return result;
}
