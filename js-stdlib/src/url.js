// https://url.spec.whatwg.org/#url-class, on ada: the parser gives the href and the offsets of its
// parts, and the getters cut.
import { natives } from './natives.js';
import { recallUrl, rememberOrigin, resolvePlain, UrlParts } from './url-parts.js';
import { resetPairs, URLSearchParams } from './urlsearchparams.js';
import {
  defineInterface,
  inspect,
  INTERNAL,
  membersOf,
  requireArguments,
  usvString,
} from './webidl.js';
import { detach, setOwn } from './primordials.js';

const NONE = 0xffffffff;
const SCHEME_NOT_SPECIAL = 1;
const SCHEME_FILE = 6;
const offsets = new Uint32Array(9);

function fromOffsets(href) {
  const port = offsets[4];
  const search = offsets[6];
  const hash = offsets[7];
  return new UrlParts(
    href,
    offsets[0],
    offsets[1],
    offsets[2],
    offsets[3],
    port === NONE ? -1 : port,
    offsets[5],
    search === NONE ? -1 : search,
    hash === NONE ? -1 : hash,
    offsets[8],
  );
}

/** @returns {UrlParts | undefined} undefined: not a valid URL */
export function parseUrl(input, base = undefined) {
  const plain = base === undefined ? recallUrl(input) : resolvePlain(input, base);
  if (plain !== undefined) return plain;
  const href = natives.urlParse(input, base, offsets);
  if (href === undefined) return undefined;
  const parts = fromOffsets(href);
  rememberOrigin(parts);
  return parts;
}

/** What URL and NextURL share: the parts, and the search parameters that follow them. */
export class UrlState {
  static {
    detach(this);
  }

  constructor(parts) {
    this.parts = parts;
    this.params = null;
  }

  get protocol() {
    return this.parts.href.slice(0, this.parts.protocolEnd);
  }

  get username() {
    const { href, protocolEnd, usernameEnd } = this.parts;
    return protocolEnd + 2 < usernameEnd ? href.slice(protocolEnd + 2, usernameEnd) : '';
  }

  get password() {
    const { href, usernameEnd, hostStart } = this.parts;
    return hostStart > usernameEnd ? href.slice(usernameEnd + 1, hostStart) : '';
  }

  get host() {
    const { href, hostEnd, pathnameStart } = this.parts;
    const start = hostTextStart(this.parts);
    // Between an empty host and the path there may be "/.", which belongs to neither.
    return href.slice(start, start === hostEnd ? hostEnd : pathnameStart);
  }

  get hostname() {
    return this.parts.href.slice(hostTextStart(this.parts), this.parts.hostEnd);
  }

  get port() {
    return this.parts.port < 0 ? '' : `${this.parts.port}`;
  }

  get pathname() {
    const { href, pathnameStart, searchStart, hashStart } = this.parts;
    return href.slice(
      pathnameStart,
      searchStart >= 0 ? searchStart : hashStart >= 0 ? hashStart : href.length,
    );
  }

  get search() {
    const { href, searchStart, hashStart } = this.parts;
    if (searchStart < 0) return '';
    const end = hashStart >= 0 ? hashStart : href.length;
    return end - searchStart <= 1 ? '' : href.slice(searchStart, end);
  }

  get hash() {
    const { href, hashStart } = this.parts;
    return hashStart < 0 || href.length - hashStart <= 1 ? '' : href.slice(hashStart);
  }

  get origin() {
    const { href, scheme, protocolEnd } = this.parts;
    if (scheme !== SCHEME_NOT_SPECIAL && scheme !== SCHEME_FILE)
      return `${this.protocol}//${this.host}`;
    if (href.slice(0, protocolEnd) === 'blob:') {
      const inner = parseUrl(this.pathname);
      if (inner !== undefined && (inner.scheme === 0 || inner.scheme === 2)) {
        return new UrlState(inner).origin;
      }
    }
    return 'null';
  }

  /** Applies a setter of the URL standard; a value that does not fit is ignored. */
  set(part, value) {
    const href = natives.urlSet(this.parts.href, part, value, offsets);
    if (href !== undefined) this.parts = fromOffsets(href);
    if (part === 'search') this.syncParams();
  }

  replace(parts) {
    this.parts = parts;
    this.syncParams();
  }

  syncParams() {
    if (this.params !== null) resetPairs(this.params, this.search.slice(1));
  }

  /** For URLSearchParams: its list has changed. */
  setQuery(query) {
    const href = natives.urlSet(this.parts.href, 'search', query, offsets);
    if (href !== undefined) this.parts = fromOffsets(href);
  }

  get searchParams() {
    return (this.params ??= new URLSearchParams(INTERNAL, this.search.slice(1), this));
  }
}

function hostTextStart(parts) {
  const { href, hostStart } = parts;
  return href.charCodeAt(hostStart) === 64 ? hostStart + 1 : hostStart;
}

function invalidUrl(input, base) {
  const error = new TypeError('Invalid URL');
  setOwn(error, 'code', 'ERR_INVALID_URL');
  setOwn(error, 'input', input);
  if (base !== undefined) setOwn(error, 'base', base);
  return error;
}

let urlParts;

/** What the console shows, in this order; of a NextURL, too. */
export const SHOWN = [
  'href',
  'origin',
  'protocol',
  'username',
  'password',
  'host',
  'hostname',
  'port',
  'pathname',
  'search',
  'searchParams',
  'hash',
];

export class URL {
  #state;

  constructor(url, base = undefined) {
    if (url === INTERNAL) {
      this.#state = new UrlState(base);
      return;
    }
    requireArguments(arguments.length, 1, 'URL constructor');
    const input = usvString(url);
    const baseText = base === undefined ? undefined : usvString(base);
    const parts = parseUrl(input, baseText);
    if (parts === undefined) throw invalidUrl(input, baseText);
    this.#state = new UrlState(parts);
  }

  static {
    urlParts = (value) =>
      typeof value === 'object' && value !== null && #state in value
        ? value.#state.parts
        : undefined;
  }

  static canParse(url, base = undefined) {
    requireArguments(arguments.length, 1, 'URL.canParse');
    return parseUrl(usvString(url), base === undefined ? undefined : usvString(base)) !== undefined;
  }

  static parse(url, base = undefined) {
    requireArguments(arguments.length, 1, 'URL.parse');
    const parts = parseUrl(usvString(url), base === undefined ? undefined : usvString(base));
    return parts === undefined ? null : new URL(INTERNAL, parts);
  }

  get href() {
    return this.#state.parts.href;
  }
  set href(value) {
    const state = this.#state;
    const input = usvString(value);
    const parts = parseUrl(input);
    if (parts === undefined) throw invalidUrl(input);
    state.replace(parts);
  }

  get origin() {
    return this.#state.origin;
  }
  get protocol() {
    return this.#state.protocol;
  }
  set protocol(value) {
    this.#state.set('protocol', usvString(value));
  }
  get username() {
    return this.#state.username;
  }
  set username(value) {
    this.#state.set('username', usvString(value));
  }
  get password() {
    return this.#state.password;
  }
  set password(value) {
    this.#state.set('password', usvString(value));
  }
  get host() {
    return this.#state.host;
  }
  set host(value) {
    this.#state.set('host', usvString(value));
  }
  get hostname() {
    return this.#state.hostname;
  }
  set hostname(value) {
    this.#state.set('hostname', usvString(value));
  }
  get port() {
    return this.#state.port;
  }
  set port(value) {
    this.#state.set('port', usvString(value));
  }
  get pathname() {
    return this.#state.pathname;
  }
  set pathname(value) {
    this.#state.set('pathname', usvString(value));
  }
  get search() {
    return this.#state.search;
  }
  set search(value) {
    this.#state.set('search', usvString(value));
  }
  get searchParams() {
    return this.#state.searchParams;
  }
  get hash() {
    return this.#state.hash;
  }
  set hash(value) {
    this.#state.set('hash', usvString(value));
  }
  toString() {
    return this.#state.parts.href;
  }
  toJSON() {
    return this.#state.parts.href;
  }

  [inspect]() {
    return membersOf(this, SHOWN);
  }
}
defineInterface(URL, 'URL');

/** The parts of a URL object; undefined for anything else. */
export { urlParts };
