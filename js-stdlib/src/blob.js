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
let isBlob;

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
    options = dictionary(options, 'Blob constructor: options');
    const chunks = [];
    let total = 0;
    if (parts !== undefined) {
      if (
        typeof parts !== 'object' ||
        parts === null ||
        typeof parts[Symbol.iterator] !== 'function'
      ) {
        throw new TypeError('Blob constructor: the parts are not a sequence.');
      }
      const native = options?.endings === 'native';
      for (const part of parts) {
        let bytes = isBlob(part) ? part.#bytes : viewBytes(part);
        if (bytes === undefined) {
          let text = usvString(part);
          if (native) text = text.replace(/\r\n?/g, '\n');
          bytes = natives.utf8Encode(text);
        }
        chunks.push(bytes);
        total += bytes.length;
      }
    }
    const joined = concatBytes(chunks, total);
    this.#bytes = chunks.length === 1 ? joined.slice() : joined;
    this.#type = options?.type === undefined ? '' : blobType(options.type);
  }

  static {
    blobBytes = (blob) => blob.#bytes;
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
      const number = value === undefined ? otherwise : Math.trunc(Number(value)) || 0;
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
      { highWaterMark: 0 },
    );
  }

  [inspect]() {
    return `Blob { size: ${this.size}, type: '${this.type}' }`;
  }
}
defineInterface(Blob, 'Blob');

export class File extends Blob {
  #name;
  #lastModified;

  constructor(parts, name, options = undefined) {
    if (parts === INTERNAL) {
      super(INTERNAL, name.bytes, name.type);
      this.#name = name.name;
      this.#lastModified = Date.now();
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

export { blobBytes, isBlob };

export function makeBlob(bytes, type) {
  return new Blob(INTERNAL, bytes, blobType(type));
}

export function makeFile(bytes, name, type) {
  return new File(INTERNAL, { bytes, name, type: blobType(type) });
}
