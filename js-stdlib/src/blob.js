// https://w3c.github.io/FileAPI/: Blob and File, with their bytes in memory.
import { decodeText } from './encoding.js';
import { natives } from './natives.js';
import { concatBytes, viewBytes } from './primordials.js';
import { ReadableStream } from './streams.js';
import {
  defineInterface,
  dictionary,
  illegalInvocation,
  inspect,
  INTERNAL,
  requireArguments,
  usvString,
} from './webidl.js';

function blobType(value) {
  const type = `${value}`;
  return /[^\x20-\x7e]/.test(type) ? '' : type.toLowerCase();
}

let blobBytes;
let blobTypeOf;
let isBlob;

/** The parts as strings and bytes, converted in order. */
function blobParts(parts) {
  if (typeof parts !== 'object' && typeof parts !== 'function') parts = null;
  if (parts === null || typeof parts[Symbol.iterator] !== 'function') {
    throw new TypeError('Blob constructor: the parts are not a sequence.');
  }
  const items = [];
  for (const part of parts) {
    items.push(isBlob(part) ? blobBytes(part) : (viewBytes(part) ?? usvString(part)));
  }
  return items;
}

/** https://webidl.spec.whatwg.org/#Clamp of a long long: half goes to the even number. */
function clamped(value) {
  const number = Number(value);
  if (!(Math.abs(number) <= Number.MAX_SAFE_INTEGER)) {
    return number !== number ? 0 : Math.sign(number) * Number.MAX_SAFE_INTEGER;
  }
  const floor = Math.floor(number);
  const part = number - floor;
  return part > 0.5 || (part === 0.5 && floor % 2 !== 0) ? floor + 1 : floor;
}

export class Blob {
  #bytes;
  #type;

  /** Internal form: (INTERNAL, bytes, type). */
  constructor(parts = undefined, options = undefined, type) {
    if (parts === INTERNAL) {
      this.#bytes = options;
      this.#type = type;
      return;
    }
    const items = parts === undefined ? [] : blobParts(parts);
    // As a Web IDL dictionary: after the parts, in the order of their names.
    options = dictionary(options, 'Blob constructor: options');
    const endings = options === undefined ? undefined : options.endings;
    if (endings !== undefined && `${endings}` !== 'transparent' && `${endings}` !== 'native') {
      throw new TypeError(`Blob constructor: '${endings}' is not a valid value for endings.`);
    }
    const givenType = options === undefined ? undefined : options.type;
    const native = endings !== undefined && `${endings}` === 'native';
    const chunks = [];
    let total = 0;
    for (let i = 0; i < items.length; i++) {
      let bytes = items[i];
      if (typeof bytes === 'string') {
        bytes = natives.utf8Encode(native ? bytes.replace(/\r\n?/g, '\n') : bytes);
      }
      chunks[i] = bytes;
      total += bytes.length;
    }
    const joined = concatBytes(chunks, total);
    this.#bytes = chunks.length === 1 ? joined.slice() : joined;
    this.#type = givenType === undefined ? '' : blobType(givenType);
  }

  static {
    blobBytes = (blob) => blob.#bytes;
    blobTypeOf = (blob) => blob.#type;
    isBlob = (value) => typeof value === 'object' && value !== null && #bytes in value;
  }

  get size() {
    return this.#bytes.length;
  }
  get type() {
    return this.#type;
  }

  slice(start = 0, end = undefined, contentType = '') {
    const size = this.#bytes.length;
    const clamp = (value, otherwise) => {
      const number = value === undefined ? otherwise : clamped(value);
      return number < 0 ? Math.max(size + number, 0) : Math.min(number, size);
    };
    const from = clamp(start, 0);
    const bytes = this.#bytes.subarray(from, Math.max(from, clamp(end, size)));
    return new Blob(INTERNAL, bytes, blobType(contentType));
  }

  async text() {
    return decodeText(this.#bytes);
  }
  async arrayBuffer() {
    return this.#bytes.slice().buffer;
  }
  async bytes() {
    return this.#bytes.slice();
  }

  stream() {
    const bytes = this.#bytes;
    let offset = 0;
    return new ReadableStream(
      {
        __proto__: null,
        type: 'bytes',
        pull(controller) {
          if (offset < bytes.length) {
            const end = Math.min(offset + 65536, bytes.length);
            controller.enqueue(bytes.slice(offset, end));
            offset = end;
          }
          if (offset >= bytes.length) {
            controller.close();
            controller.byobRequest?.respond(0);
          }
        },
      },
      { __proto__: null, highWaterMark: 0 },
    );
  }

  [inspect]() {
    return `Blob { size: ${this.size}, type: '${this.type}' }`;
  }
}
defineInterface(Blob, 'Blob');

let copyBlob;

export class File extends Blob {
  #name;
  #lastModified;

  static {
    /** A Blob or File of its own over the same bytes, which nobody writes. */
    copyBlob = (blob) => {
      const bytes = blobBytes(blob);
      const type = blobTypeOf(blob);
      if (!(#name in blob)) return new Blob(INTERNAL, bytes, type);
      return makeFile(bytes, blob.#name, type, blob.#lastModified);
    };
  }

  constructor(parts, name, options = undefined) {
    if (parts === INTERNAL) {
      super(INTERNAL, name.bytes, name.type);
      this.#name = name.name;
      this.#lastModified = name.lastModified ?? Date.now();
      return;
    }
    requireArguments(arguments.length, 2, 'File constructor');
    super(parts, options);
    this.#name = usvString(name);
    const modified = options?.lastModified;
    this.#lastModified = modified === undefined ? Date.now() : Math.trunc(Number(modified)) || 0;
  }

  get name() {
    if (!(#name in this)) throw illegalInvocation();
    return this.#name;
  }

  get lastModified() {
    if (!(#name in this)) throw illegalInvocation();
    return this.#lastModified;
  }

  get webkitRelativePath() {
    return '';
  }

  [inspect]() {
    return `File { name: '${this.name}', size: ${this.size}, type: '${this.type}' }`;
  }
}
defineInterface(File, 'File');

export { blobBytes, copyBlob, isBlob };

/** @param {string} type as it is */
export function makeBlob(bytes, type) {
  return new Blob(INTERNAL, bytes, type);
}

export function makeFile(bytes, name, type, lastModified = undefined) {
  return new File(INTERNAL, { bytes, name, type: blobType(type), lastModified });
}

