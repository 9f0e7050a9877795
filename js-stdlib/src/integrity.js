// https://w3c.github.io/webappsec-subresource-integrity/#does-response-match-metadatalist
import { Body } from './body.js';
import { natives } from './natives.js';
import { setCause } from './primordials.js';
import { responseState } from './response.js';

/** The stronger the later. */
const ALGORITHMS = ['sha256', 'sha384', 'sha512'];
const ITEM = /^(sha256|sha384|sha512)-([A-Za-z0-9+/_-]+={0,2})(?:\?|$)/i;

/** https://w3c.github.io/webappsec-subresource-integrity/#parse-metadata; [algorithm, hash] pairs. */
function strongest(metadata) {
  let best = -1;
  let items = [];
  for (const token of metadata.split(/[\t\n\f\r ]+/)) {
    const match = ITEM.exec(token);
    if (match === null) continue;
    const rank = ALGORITHMS.indexOf(match[1].toLowerCase());
    if (rank < best) continue;
    if (rank > best) items = [];
    best = rank;
    items.push(plainBase64(match[2]));
  }
  return best < 0 ? null : { algorithm: ALGORITHMS[best], items };
}

function plainBase64(text) {
  return text.replaceAll('-', '+').replaceAll('_', '/').replace(/=+$/, '');
}

function matches(bytes, metadata) {
  const wanted = strongest(metadata);
  if (wanted === null) return true;
  return wanted.items.includes(plainBase64(natives.digest(wanted.algorithm, bytes)));
}

/** Settles a fetch whose request has `integrity`: with the response when its whole body matches. */
export async function checkIntegrity(record, response) {
  const state = responseState(response);
  try {
    const bytes = state.body === null ? new Uint8Array(0) : await state.body.readAll(false);
    if (!matches(bytes, record.integrity)) {
      throw new TypeError(`the response does not match the integrity "${record.integrity}"`);
    }
    if (state.body !== null) state.body = new Body(bytes, null, null);
    record.resolve(response);
  } catch (error) {
    const { signal } = record;
    record.reject(signal !== null && signal.aborted ? signal.reason : setCause(record.error, error));
  }
}
