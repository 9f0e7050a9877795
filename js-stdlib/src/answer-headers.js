// The header list of an answer, from what the script gave to what the client gets.
import { foreignOf, getFrom } from './headers.js';
import { natives } from './natives.js';
import { relativeLocation } from './next/location.js';

/** As Next.js: headers that a middleware leaves empty are not sent. */
export function withoutEmpty(list) {
  for (let i = 1; i < list.length; i += 2) {
    if (list[i] !== '') continue;
    const kept = [];
    for (let j = 0; j < list.length; j += 2) {
      if (list[j + 1] !== '') kept.push(list[j], list[j + 1]);
    }
    return kept;
  }
  return list;
}

function isRedirectStatus(status) {
  return status === 301 || status === 302 || status === 303 || status === 307 || status === 308;
}

/** The headers of an answer as the client gets them. */
export function finalHeaders(record, state, list) {
  const { status } = state;
  let headers = list;
  if (isRedirectStatus(status)) {
    headers = relativeLocation(record, headers);
    if (status === 308 && record.entry.isMiddleware) headers = withRefresh(headers);
  }
  const foreign = foreignOf(state.headers);
  if (foreign !== null) headers = [...headers, ...foreign];
  return record.method === 'HEAD' ? withBodyLength(headers, state.body) : headers;
}

/** As Next.js: for browsers that do not know a 308. */
function withRefresh(list) {
  const location = getFrom(list, 'location');
  return location === null ? list : [...without(list, 'refresh'), 'refresh', `0;url=${location}`];
}

/**
 * For HEAD: the length that the body would have, as far as it is known here. That of a body which the
 * front holds, or that another HEAD was answered with, is in the list (RFC 9110 section 8.6).
 */
function withBodyLength(list, body) {
  if (body === null || body.passable) return list;
  const kept = without(list, 'content-length');
  const { source } = body;
  if (source === null) return kept;
  const bytes = typeof source === 'string' ? natives.utf8ByteLength(source) : source.length;
  return [...kept, 'content-length', `${bytes}`];
}

function without(list, name) {
  const kept = [];
  for (let i = 0; i < list.length; i += 2) {
    if (list[i] !== name) kept.push(list[i], list[i + 1]);
  }
  return kept;
}
