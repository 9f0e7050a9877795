// MIME types: https://mimesniff.spec.whatwg.org/#parsing-a-mime-type, and the one of a header list,
// https://fetch.spec.whatwg.org/#concept-header-extract-mime-type.
import { detach } from './primordials.js';

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const QUOTED = /^[\t\x20-\x7e\x80-\xff]*$/;
const LEADING_SPACE = /^[\t\n\r ]+/;
const TRAILING_SPACE = /[\t\n\r ]+$/;

class MimeType {
  static {
    detach(this);
  }

  constructor(essence) {
    /** "type/subtype", in lower case. */
    this.essence = essence;
    /** @type {Map<string, string>} names in lower case */
    this.parameters = new Map();
  }

  /** https://mimesniff.spec.whatwg.org/#serialize-a-mime-type */
  serialize() {
    let text = this.essence;
    this.parameters.forEach((value, name) => {
      text += `;${name}=${TOKEN.test(value) ? value : `"${value.replace(/["\\]/g, '\\$&')}"`}`;
    });
    return text;
  }
}

/**
 * https://fetch.spec.whatwg.org/#collect-an-http-quoted-string
 * @returns {[string, number]} the value, and where the text goes on
 */
function quotedString(text, position) {
  let value = '';
  for (position++; position < text.length; position++) {
    if (text[position] === '"') return [value, position + 1];
    if (text[position] === '\\' && position + 1 < text.length) position++;
    value += text[position];
  }
  return [value, position];
}

function until(text, characters, position) {
  while (position < text.length && !characters.includes(text[position])) position++;
  return position;
}

/** @returns {MimeType | undefined} */
export function parseMimeType(input) {
  const text = input.replace(LEADING_SPACE, '').replace(TRAILING_SPACE, '');
  const slash = text.indexOf('/');
  if (slash < 0) return undefined;
  let position = until(text, ';', slash);
  const type = text.slice(0, slash);
  const subtype = text.slice(slash + 1, position).replace(TRAILING_SPACE, '');
  if (!TOKEN.test(type) || !TOKEN.test(subtype)) return undefined;
  const mime = new MimeType(`${type}/${subtype}`.toLowerCase());
  while (position < text.length) {
    const start = position + 1;
    position = until(text, ';=', start);
    const name = text.slice(start, position).replace(LEADING_SPACE, '').toLowerCase();
    if (position >= text.length) break;
    if (text[position] === ';') continue;
    position++;
    let value;
    if (text[position] === '"') {
      [value, position] = quotedString(text, position);
      position = until(text, ';', position);
    } else {
      const end = until(text, ';', position);
      value = text.slice(position, end).replace(TRAILING_SPACE, '');
      position = end;
      if (value === '') continue;
    }
    if (TOKEN.test(name) && QUOTED.test(value) && !mime.parameters.has(name)) {
      mime.parameters.set(name, value);
    }
  }
  return mime;
}

/** https://fetch.spec.whatwg.org/#header-value-get-decode-and-split */
function splitValues(text) {
  const values = [];
  let start = 0;
  let position = 0;
  while (position <= text.length) {
    if (text[position] === '"') {
      position = quotedString(text, position)[1];
    } else if (position === text.length || text[position] === ',') {
      values.push(text.slice(start, position).replace(/^[\t ]+|[\t ]+$/g, ''));
      start = ++position;
    } else {
      position++;
    }
  }
  return values;
}

/**
 * @param {string | null} contentType the Content-Type fields' values, joined with ", "
 * @returns {MimeType | undefined}
 */
export function extractMimeType(contentType) {
  if (contentType === null) return undefined;
  let charset = null;
  let essence = null;
  let found;
  for (const value of splitValues(contentType)) {
    const mime = parseMimeType(value);
    if (mime === undefined || mime.essence === '*/*') continue;
    found = mime;
    if (mime.essence !== essence) {
      charset = mime.parameters.get('charset') ?? null;
      essence = mime.essence;
    } else if (!mime.parameters.has('charset') && charset !== null) {
      mime.parameters.set('charset', charset);
    }
  }
  return found;
}
