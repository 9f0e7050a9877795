// multipart/form-data, both ways (RFC 7578, https://html.spec.whatwg.org/#multipart-form-data).
import { MultipartParser } from '@remix-run/multipart-parser';
import { blobBytes, isBlob, makeFile } from './blob.js';
import { decodeText } from './encoding.js';
import { FormData, formDataEntries } from './formdata.js';
import { extractMimeType } from './mime.js';
import { natives } from './natives.js';
import { concatBytes, indexOfByte } from './primordials.js';
import { parseUrlEncoded } from './urlsearchparams.js';

const LINE_FEED = 10;
const MAX_PARTS = 10000;
const MAX_PART_HEADER_BYTES = 16384;

function escapeName(name) {
  return name.replace(/\r\n|\r|\n/g, '%0D%0A').replaceAll('"', '%22');
}

function unescapeName(name) {
  return name.replace(
    /%0D%0A|%0D|%0A|%22/gi,
    (match) => ({ '%0D%0A': '\r\n', '%0D': '\r', '%0A': '\n', '%22': '"' })[match.toUpperCase()],
  );
}

/** @returns {{bytes: Uint8Array, type: string}} */
export function encodeFormData(form) {
  const random = new Uint8Array(12);
  natives.getRandomValues(random);
  let boundary = '----brinkFormBoundary';
  for (const byte of random) boundary += byte.toString(16).padStart(2, '0');
  const chunks = [];
  let total = 0;
  const add = (bytes) => {
    chunks.push(bytes);
    total += bytes.length;
  };
  for (const { 0: name, 1: value } of formDataEntries(form)) {
    let head = `--${boundary}\r\nContent-Disposition: form-data; name="${escapeName(
      name.replace(/\r\n|\r|\n/g, '\r\n'),
    )}"`;
    if (isBlob(value)) {
      head += `; filename="${escapeName(value.name)}"\r\nContent-Type: ${
        value.type || 'application/octet-stream'
      }\r\n\r\n`;
      add(natives.utf8Encode(head));
      add(blobBytes(value));
      add(natives.utf8Encode('\r\n'));
    } else {
      add(natives.utf8Encode(`${head}\r\n\r\n${value.replace(/\r\n|\r|\n/g, '\r\n')}\r\n`));
    }
  }
  add(natives.utf8Encode(`--${boundary}--\r\n`));
  return { bytes: concatBytes(chunks, total), type: `multipart/form-data; boundary=${boundary}` };
}

/** A parameter of a Content-Type or Content-Disposition value; undefined: absent. */
function parameter(header, name) {
  const pattern = /;\s*([^=;\s]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;]*))/g;
  for (const match of header.matchAll(pattern)) {
    if (match[1].toLowerCase() !== name) continue;
    return match[2] !== undefined ? match[2].replace(/\\(["\\])/g, '$1') : match[3].trim();
  }
  return undefined;
}

/** The bytes from the first delimiter line on: what stands before it means nothing (RFC 2046 5.1.1). */
function withoutPreamble(bytes, boundary) {
  const delimiter = natives.utf8Encode(`--${boundary}`);
  let at = 0;
  do {
    if (startsAt(bytes, at, delimiter)) return at === 0 ? bytes : bytes.subarray(at);
    at = indexOfByte(bytes, LINE_FEED, at) + 1;
  } while (at > 0);
  throw new TypeError('the boundary is not in it');
}

function startsAt(bytes, at, start) {
  for (let i = 0; i < start.length; i++) {
    if (bytes[at + i] !== start[i]) return false;
  }
  return true;
}

function parseMultipart(bytes, boundary) {
  const form = new FormData();
  const parser = new MultipartParser(boundary, {
    maxHeaderSize: MAX_PART_HEADER_BYTES,
    maxFileSize: bytes.length,
    maxTotalSize: bytes.length,
    maxParts: MAX_PARTS,
  });
  const parts = [...parser.write(bytes)];
  // Some clients end an empty form with the closing boundary alone; finish() wants it complete.
  parser.finish();
  for (const part of parts) {
    const disposition = part.headers['content-disposition'] ?? '';
    const name = parameter(disposition, 'name');
    if (!/^form-data\s*(;|$)/i.test(disposition) || name === undefined) {
      throw new TypeError('a part has no name');
    }
    const filename = parameter(disposition, 'filename');
    if (filename === undefined) {
      form.append(unescapeName(name), decodeText(part.bytes));
    } else {
      form.append(
        unescapeName(name),
        makeFile(
          part.bytes.slice(),
          unescapeName(filename),
          part.headers['content-type'] ?? 'text/plain',
        ),
      );
    }
  }
  return form;
}

/** https://fetch.spec.whatwg.org/#body-mixin: formData() of `bytes` with this Content-Type. */
export function parseFormData(bytes, contentType) {
  const mime = extractMimeType(contentType);
  if (mime?.essence === 'multipart/form-data') {
    const boundary = mime.parameters.get('boundary');
    if (boundary === undefined || boundary === '') {
      throw new TypeError('Failed to parse body as FormData: the Content-Type has no boundary.');
    }
    try {
      return parseMultipart(withoutPreamble(bytes, boundary), boundary);
    } catch (cause) {
      throw new TypeError('Failed to parse body as FormData.', { __proto__: null, cause });
    }
  }
  if (mime?.essence === 'application/x-www-form-urlencoded') {
    const form = new FormData();
    // As text, but a BOM is a character of the first name.
    const text = natives.utf8Decode(bytes, false);
    for (const { 0: name, 1: value } of parseUrlEncoded(text)) form.append(name, value);
    return form;
  }
  throw new TypeError(
    'Content-Type was not one of "multipart/form-data" or ' +
      '"application/x-www-form-urlencoded".',
  );
}
