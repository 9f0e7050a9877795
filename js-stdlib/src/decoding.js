// Content codings (RFC 9110 8.4) of fetched bodies, taken off when a script reads them:
// https://fetch.spec.whatwg.org/#handle-content-codings. What no script reads stays encoded.
import { getFrom } from './headers.js';
import { natives } from './natives.js';
import { regExpTest, SafeMap, stringSplit, stringTrim, toLowerCase } from './primordials.js';

const PIECE_BYTES = 64 * 1024;

/** Name of a coding -> as natives.bodyDecode() takes it. */
const KNOWN = new SafeMap([
  ['gzip', 'gzip'],
  ['x-gzip', 'gzip'],
  ['deflate', 'deflate'],
  ['br', 'br'],
  ['zstd', 'zstd'],
]);

/**
 * What to take off a body with this Content-Encoding, in the order it was applied; '' is nothing: there
 * is none, or one that nobody here knows, and then the bytes stay as they are.
 * @param {string | null} contentEncoding
 */
function codingsOf(contentEncoding) {
  if (contentEncoding === null) return '';
  const names = stringSplit(toLowerCase(contentEncoding), ',');
  let codings = '';
  for (let i = 0; i < names.length; i++) {
    const name = stringTrim(names[i]);
    if (name === '' || name === 'identity') continue;
    const coding = KNOWN.get(name);
    if (coding === undefined) return '';
    codings += codings === '' ? coding : `,${coding}`;
  }
  return codings;
}

/**
 * Tells a fetched body how it is encoded.
 * @param {import('./native-body.js').NativeBody} body
 * @param {string[]} headers of the response, flat
 * @returns {boolean} whether it is
 */
export function setCodings(body, headers) {
  body.contentEncoding = getFrom(headers, 'content-encoding');
  body.codings = codingsOf(body.contentEncoding);
  return body.codings !== '';
}

/** May the body's bytes go out as they are, under these headers? */
export function agreesWith(body, headers) {
  return body.codings === '' || getFrom(headers, 'content-encoding') === body.contentEncoding;
}

const REFUSED = /;[\t ]*q=0(?:\.0{0,3})?[\t ]*(?:;|$)/i;

/**
 * Does who says this take all of these codings (RFC 9110 12.5.3)? Who says nothing cannot be trusted to.
 * @param {string | null} acceptEncoding
 * @param {string} codings of NativeBody
 */
export function accepts(acceptEncoding, codings) {
  if (acceptEncoding === null) return false;
  const said = new SafeMap();
  const items = stringSplit(toLowerCase(acceptEncoding), ',');
  for (let i = 0; i < items.length; i++) {
    const name = stringTrim(stringSplit(items[i], ';', 1)[0]);
    said.set(KNOWN.get(name) ?? name, !regExpTest(REFUSED, items[i]));
  }
  const wanted = stringSplit(codings, ',');
  for (let i = 0; i < wanted.length; i++) {
    if (!(said.get(wanted[i]) ?? said.get('*') ?? false)) return false;
  }
  return true;
}

/**
 * NativeBody.pull() of an encoded body.
 * @param {import('./native-body.js').NativeBody} body
 */
export function pullDecoded(body, callback) {
  let { input } = body;
  body.input = undefined;
  let bytes;
  try {
    do {
      if (body.error !== null) throw body.error;
      bytes = body.decoded ? undefined : natives.bodyDecode(body.id, body.codings, input, body.ended);
      input = undefined;
    } while (bytes !== undefined && bytes.length === 0);
  } catch (error) {
    body.cancel();
    body.fail(error);
    callback(error, undefined, true);
    return;
  }
  if (bytes !== undefined) {
    callback(null, bytes, false);
  } else if (body.ended) {
    body.decoded = true;
    callback(null, undefined, true);
  } else {
    body.pullRaw(PIECE_BYTES, (error, raw) => {
      if (error === null) body.input = raw;
      pullDecoded(body, callback);
    });
  }
}
