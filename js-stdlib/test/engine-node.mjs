// What V8, ada and simdutf do for the C++ side, by other means.
import inspector from 'node:inspector';
import { deserialize, serialize } from 'node:v8';
import zlib from 'node:zlib';

const NO_OFFSET = 0xffffffff;

let session;

/** State and value of a promise, without a turn of the microtask queue: V8 tells its inspector. */
export function promiseState(promise) {
  if (session === undefined) {
    session = new inspector.Session();
    session.connect();
  }
  const post = (method, params) => {
    let answer;
    session.post(method, params, (error, result) => {
      if (error) throw new Error(error.message);
      answer = result;
    });
    return answer;
  };
  globalThis.__promise = promise;
  const {
    result: { objectId },
  } = post('Runtime.evaluate', { expression: '__promise' });
  const { internalProperties } = post('Runtime.getProperties', { objectId, ownProperties: true });
  const find = (name) => internalProperties.find((p) => p.name === `[[${name}]]`)?.value;
  const state = ['pending', 'fulfilled', 'rejected'].indexOf(find('PromiseState').value);
  let value;
  const result = find('PromiseResult');
  if (state !== 0 && result.objectId !== undefined) {
    post('Runtime.callFunctionOn', {
      functionDeclaration: 'function(f) { globalThis.__value = this }',
      objectId: result.objectId,
    });
    value = globalThis.__value;
  } else if (state !== 0) {
    value = result.value;
  }
  delete globalThis.__promise;
  delete globalThis.__value;
  return { state, value };
}

export function fillOffsets(url, out) {
  const { href } = url;
  const protocolEnd = url.protocol.length;
  const special = { 'http:': 0, 'https:': 2, 'ws:': 3, 'ftp:': 4, 'wss:': 5, 'file:': 6 };
  const hasAuthority = href.startsWith('//', protocolEnd);
  let at = hasAuthority ? protocolEnd + 2 : protocolEnd;
  out[0] = protocolEnd;
  out[1] = at += url.username.length;
  if (url.password !== '') at += 1 + url.password.length;
  out[2] = at;
  if (url.username !== '' || url.password !== '') at += 1;
  out[3] = at += url.hostname.length;
  out[4] = url.port === '' ? NO_OFFSET : Number(url.port);
  if (url.port !== '') at += 1 + url.port.length;
  if (!hasAuthority && href.startsWith('/.//', at)) at += 2;
  out[5] = at;
  const hash = href.indexOf('#', at);
  const question = href.indexOf('?', at);
  out[6] = question >= 0 && (hash < 0 || question < hash) ? question : NO_OFFSET;
  out[7] = hash >= 0 ? hash : NO_OFFSET;
  out[8] = special[url.protocol] ?? 1;
  return href;
}

export function decode(encoding, bytes, fatal) {
  try {
    return new TextDecoder(encoding, { fatal, ignoreBOM: true }).decode(
      new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length),
    );
  } catch {
    return undefined;
  }
}

const WINDOWS_1252 = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ';

/** Node's own decoder takes it for latin1. */
export function windows1252(byte) {
  return byte >= 0x80 && byte < 0xa0 ? WINDOWS_1252[byte - 0x80] : String.fromCharCode(byte);
}

const DECODERS = {
  gzip: zlib.gunzipSync,
  deflate: (bytes) => ((bytes[0] & 15) === 8 ? zlib.inflateSync(bytes) : zlib.inflateRawSync(bytes)),
  br: zlib.brotliDecompressSync,
  zstd: zlib.zstdDecompressSync,
};

/** Decodes at the end of the input, and hands out pieces of at most 64 KiB as the worker does. */
export class BodyDecoder {
  constructor(codings) {
    this.codings = codings.split(',').reverse();
    this.input = [];
    this.output = undefined;
  }

  step(input, last, makeError) {
    if (input !== undefined) this.input.push(Buffer.from(input));
    if (!last) return undefined;
    if (this.output === undefined) {
      try {
        const start = Buffer.concat(this.input);
        this.output = start.length === 0 ? start : this.codings.reduce((b, c) => DECODERS[c](b), start);
      } catch (error) {
        throw makeError(error.message);
      }
    }
    if (this.output.length === 0) return undefined;
    const piece = this.output.subarray(0, 65536);
    this.output = this.output.subarray(65536);
    return piece;
  }
}

/** V8's clone, with `copies[placeOf(object)]` for objects that have a place: arrays and plain objects only. */
export function cloneValue(value, placeOf, copies) {
  const seen = new Map();
  const clone = (from) => {
    if (typeof from !== 'object' || from === null) return deserialize(serialize(from));
    if (seen.has(from)) return seen.get(from);
    const place = placeOf(from);
    const isPlain = Object.prototype.toString.call(from) === '[object Object]';
    const to = place >= 0 ? copies[place] : Array.isArray(from) ? [] : isPlain ? {} : undefined;
    if (to === undefined) return deserialize(serialize(from));
    seen.set(from, to);
    if (place < 0) for (const key of Object.keys(from)) to[key] = clone(from[key]);
    return to;
  };
  return clone(value);
}
