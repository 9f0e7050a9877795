// https://encoding.spec.whatwg.org: UTF-8, UTF-16LE and windows-1252.
import { natives } from './natives.js';
import { setOwn, viewBytes } from './primordials.js';
import { defineInterface, dictionary, illegalInvocation, usvString } from './webidl.js';

const LABELS = {
  'utf-8': [
    'unicode-1-1-utf-8',
    'unicode11utf8',
    'unicode20utf8',
    'utf-8',
    'utf8',
    'x-unicode20utf8',
  ],
  'utf-16le': [
    'csunicode',
    'iso-10646-ucs-2',
    'ucs-2',
    'unicode',
    'unicodefeff',
    'utf-16',
    'utf-16le',
  ],
  'windows-1252': [
    'ansi_x3.4-1968',
    'ascii',
    'cp1252',
    'cp819',
    'csisolatin1',
    'ibm819',
    'iso-8859-1',
    'iso-ir-100',
    'iso8859-1',
    'iso88591',
    'iso_8859-1',
    'iso_8859-1:1987',
    'l1',
    'latin1',
    'us-ascii',
    'windows-1252',
    'x-cp1252',
  ],
};
const encodings = new Map();
for (const name of Reflect.ownKeys(LABELS)) {
  for (const label of LABELS[name]) encodings.set(label, name);
}

const counts = new Uint32Array(2);

export class TextEncoder {
  #brand = true;

  get encoding() {
    if (!(#brand in this)) throw illegalInvocation();
    return 'utf-8';
  }

  encode(input = '') {
    if (!(#brand in this)) throw illegalInvocation();
    return natives.utf8Encode(usvString(input));
  }

  encodeInto(source, destination) {
    if (!(#brand in this)) throw illegalInvocation();
    if (!(destination instanceof Uint8Array)) {
      throw new TypeError('TextEncoder.encodeInto: the destination is not a Uint8Array.');
    }
    natives.utf8EncodeInto(usvString(source), destination, counts);
    return { read: counts[0], written: counts[1] };
  }
}
defineInterface(TextEncoder, 'TextEncoder');

/** How many bytes at the end are the start of a UTF-8 sequence that is not complete yet. */
function incompleteUtf8(bytes) {
  const { length } = bytes;
  for (let back = 1; back <= 3 && back <= length; back++) {
    const byte = bytes[length - back];
    if (byte < 0x80) return 0;
    if (byte < 0xc0) continue;
    const need =
      byte >= 0xf0 && byte <= 0xf4
        ? 4
        : byte >= 0xe0 && byte < 0xf0
          ? 3
          : byte >= 0xc2 && byte < 0xe0
            ? 2
            : 0;
    if (need <= back) return 0;
    if (back >= 2) {
      // A second byte that no sequence allows ends the sequence now.
      const second = bytes[length - back + 1];
      if (
        (byte === 0xe0 && second < 0xa0) ||
        (byte === 0xed && second > 0x9f) ||
        (byte === 0xf0 && second < 0x90) ||
        (byte === 0xf4 && second > 0x8f)
      )
        return 0;
    }
    return back;
  }
  return 0;
}

/** The same for UTF-16LE: an odd byte, a high surrogate without its partner. */
function incompleteUtf16(bytes) {
  const odd = bytes.length % 2;
  const last = bytes[bytes.length - odd - 1];
  return bytes.length - odd >= 2 && last >= 0xd8 && last < 0xdc ? 2 + odd : odd;
}

export class TextDecoder {
  #encoding;
  #fatal;
  #ignoreBOM;
  #rest = null;
  #bomSeen = false;
  #streaming = false;

  constructor(label = 'utf-8', options = undefined) {
    options = dictionary(options, 'TextDecoder constructor: options');
    const key = `${label}`.replace(/^[\t\n\f\r ]+|[\t\n\f\r ]+$/g, '').toLowerCase();
    const encoding = encodings.get(key);
    if (encoding === undefined) {
      throw new RangeError(
        `The encoding ${JSON.stringify(`${label}`)} is not supported; ` +
          'supported are utf-8, utf-16le and windows-1252 (with their labels).',
      );
    }
    this.#encoding = encoding;
    this.#fatal = Boolean(options?.fatal);
    this.#ignoreBOM = Boolean(options?.ignoreBOM);
  }

  get encoding() {
    return this.#encoding;
  }
  get fatal() {
    return this.#fatal;
  }
  get ignoreBOM() {
    return this.#ignoreBOM;
  }

  decode(input = undefined, options = undefined) {
    options = dictionary(options, 'TextDecoder.decode: options');
    let bytes = input === undefined ? new Uint8Array(0) : viewBytes(input);
    if (bytes === undefined) {
      throw new TypeError('TextDecoder.decode: the input is not an ArrayBuffer or a view.');
    }
    const stream = Boolean(options?.stream);
    if (!this.#streaming) {
      this.#bomSeen = false;
      this.#rest = null;
    }
    this.#streaming = stream;
    if (this.#rest !== null) {
      const joined = new Uint8Array(this.#rest.length + bytes.length);
      joined.set(this.#rest);
      joined.set(bytes, this.#rest.length);
      bytes = joined;
      this.#rest = null;
    }
    const encoding = this.#encoding;
    if (stream && encoding !== 'windows-1252') {
      const keep = encoding === 'utf-8' ? incompleteUtf8(bytes) : incompleteUtf16(bytes);
      if (keep > 0) {
        this.#rest = bytes.slice(bytes.length - keep);
        bytes = bytes.subarray(0, bytes.length - keep);
      }
    }
    const text =
      encoding === 'utf-8'
        ? natives.utf8Decode(bytes, this.#fatal)
        : encoding === 'utf-16le'
          ? natives.utf16leDecode(bytes, this.#fatal)
          : natives.latin1Decode(bytes);
    if (text === undefined) {
      this.#rest = null;
      this.#streaming = false;
      const error = new TypeError(`The encoded data was not valid for encoding ${encoding}`);
      setOwn(error, 'code', 'ERR_ENCODING_INVALID_ENCODED_DATA');
      throw error;
    }
    if (this.#bomSeen || text.length === 0) return text;
    this.#bomSeen = true;
    return !this.#ignoreBOM && encoding !== 'windows-1252' ? withoutBom(text) : text;
  }
}
defineInterface(TextDecoder, 'TextDecoder');

export function withoutBom(text) {
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}

/** https://encoding.spec.whatwg.org/#utf-8-decode: what text() and json() use. */
export function decodeText(bytes) {
  return withoutBom(natives.utf8Decode(bytes, false));
}
