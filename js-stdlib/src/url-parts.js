// What the URL parser gives, and a way past it: a URL of an origin that was parsed before, with a
// path that the URL standard leaves as it is, needs no parser. Nearly every URL of a request is one.
import { detach } from './primordials.js';

/** An href and ada's url_components. Immutable. */
export class UrlParts {
  static {
    detach(this);
  }

  constructor(
    href,
    protocolEnd,
    usernameEnd,
    hostStart,
    hostEnd,
    port,
    pathnameStart,
    searchStart,
    hashStart,
    scheme,
  ) {
    this.href = href;
    this.protocolEnd = protocolEnd;
    this.usernameEnd = usernameEnd;
    this.hostStart = hostStart;
    this.hostEnd = hostEnd;
    this.port = port;
    this.pathnameStart = pathnameStart;
    /** -1: none; the same for hashStart. */
    this.searchStart = searchStart;
    this.hashStart = hashStart;
    this.scheme = scheme;
    /** See withLocalhost() in next/next-url.js; null: nobody asked yet. */
    this.local = null;
  }
}

const SCHEME_HTTP = 0;
const SCHEME_HTTPS = 2;
const SLASH = 47;
const DOT = 46;
const PERCENT = 37;
const QUESTION = 63;

/** By character code: as it is in a path and in a query alike. `'` is encoded in some queries. */
const PLAIN = new Uint8Array(128);
for (const c of '!$%&()*+,-./0123456789:;=@ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~') {
  PLAIN[c.charCodeAt(0)] = 1;
}

const NOT_PLAIN = -2;

/**
 * Where the query of `text` begins, from `start`, where its path begins with a slash; -1: it has none.
 * NOT_PLAIN: the standard may write it differently, for dot segments, other characters or a fragment.
 */
function plainQueryStart(text, start) {
  const end = text.length;
  if (start >= end || text.charCodeAt(start) !== SLASH) return NOT_PLAIN;
  let previous = SLASH;
  let i = start + 1;
  for (; i < end; i++) {
    const code = text.charCodeAt(i);
    if (code === QUESTION) break;
    if (code > 127 || PLAIN[code] === 0) return NOT_PLAIN;
    if (previous === SLASH && (code === DOT || code === PERCENT)) return NOT_PLAIN;
    previous = code;
  }
  if (i === end) return -1;
  for (let j = i + 1; j < end; j++) {
    const code = text.charCodeAt(j);
    if (code !== QUESTION && (code > 127 || PLAIN[code] === 0)) return NOT_PLAIN;
  }
  return i;
}

/**
 * The last URLs, by their text: a redirect asks for the request's own URL and for its target several
 * times, and then the texts are the same string.
 */
const LATEST = 4;
const latest = [null, null, null, null];
let next = 0;

export function rememberUrl(parts) {
  latest[next] = parts;
  next = (next + 1) % LATEST;
  return parts;
}

function latestUrl(text) {
  for (let i = 0; i < LATEST; i++) {
    const parts = latest[i];
    if (parts === null) return undefined;
    if (parts.href === text) return parts;
  }
  return undefined;
}

/** The last origins, as parsed: "http://host:port" and the parts of some URL there. */
const KEPT = 4;
const prefixes = ['', '', '', ''];
const kept = [null, null, null, null];
let oldest = 0;

function withPath(parts, href, searchStart) {
  return rememberUrl(
    new UrlParts(
      href,
      parts.protocolEnd,
      parts.usernameEnd,
      parts.hostStart,
      parts.hostEnd,
      parts.port,
      parts.pathnameStart,
      searchStart,
      -1,
      parts.scheme,
    ),
  );
}

/** Keeps the origin of a URL that was parsed. */
export function rememberOrigin(parts) {
  const { scheme, usernameEnd, protocolEnd, hostStart, href, pathnameStart } = parts;
  if (scheme !== SCHEME_HTTP && scheme !== SCHEME_HTTPS) return;
  if (usernameEnd > protocolEnd + 2 || hostStart > usernameEnd || pathnameStart > 256) return;
  const prefix = href.slice(0, pathnameStart);
  for (let i = 0; i < KEPT; i++) {
    if (prefixes[i] === prefix) return;
  }
  prefixes[oldest] = prefix;
  kept[oldest] = parts;
  oldest = (oldest + 1) % KEPT;
}

/** The parts of a plain URL of a known origin; undefined: it has to be parsed. */
export function recallUrl(text) {
  const known = latestUrl(text);
  if (known !== undefined) return known;
  for (let i = 0; i < KEPT; i++) {
    const parts = kept[i];
    if (parts === null) return undefined;
    // Cheaper than startsWith(), which V8 makes a loop over characters of any kind of string.
    if (text.slice(0, parts.pathnameStart) !== prefixes[i]) continue;
    const searchStart = plainQueryStart(text, parts.pathnameStart);
    if (searchStart !== NOT_PLAIN) return withPath(parts, text, searchStart);
  }
  return undefined;
}

/** "/path?query", or a plain URL of a known origin, against a base; undefined: it has to be parsed. */
export function resolvePlain(text, base) {
  const parts = recallUrl(base);
  if (parts === undefined) return undefined; // maybe no URL
  if (text.charCodeAt(0) !== SLASH) return recallUrl(text);
  if (text.charCodeAt(1) === SLASH) return undefined; // another host
  const searchStart = plainQueryStart(text, 0);
  if (searchStart === NOT_PLAIN) return undefined;
  const { pathnameStart } = parts;
  const href = parts.href.slice(0, pathnameStart) + text;
  const fullStart = searchStart < 0 ? -1 : searchStart + pathnameStart;
  return latestUrl(href) ?? withPath(parts, href, fullStart);
}
