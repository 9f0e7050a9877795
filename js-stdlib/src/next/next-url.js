// NextURL of next/server: a URL whose pathname has no basePath, locale and /_next/data wrapping.
// basePath and locales come with the configuration of a site; until then both are empty.
import { parseUrl, SHOWN, urlParts, UrlState } from '../url.js';
import { rememberUrl, UrlParts } from '../url-parts.js';
import { inspect, INTERNAL, membersOf, usvString } from '../webidl.js';
import { defineProperty, setOwn } from '../primordials.js';

const DATA_PREFIX = '/_next/data/';
const LOOPBACK = /^(?:127(?:\.(?:25[0-5]|2[0-4][0-9]|[01]?[0-9][0-9]?)){3}|\[::1\])$/;

/** 127/8 and [::1] read "localhost", as in Next.js. */
export function withLocalhost(parts) {
  return (parts.local ??= putLocalhost(parts));
}

function putLocalhost(parts) {
  const { href, hostStart, hostEnd } = parts;
  const start = href.charCodeAt(hostStart) === 64 ? hostStart + 1 : hostStart;
  const first = href.charCodeAt(start);
  if (first !== 49 && first !== 91) return parts;
  if (!LOOPBACK.test(href.slice(start, hostEnd))) return parts;
  const by = 9 - (hostEnd - start);
  return rememberUrl(
    new UrlParts(
      `${href.slice(0, start)}localhost${href.slice(hostEnd)}`,
      parts.protocolEnd,
      parts.usernameEnd,
      hostStart,
      hostEnd + by,
      parts.port,
      parts.pathnameStart + by,
      parts.searchStart < 0 ? -1 : parts.searchStart + by,
      parts.hashStart < 0 ? -1 : parts.hashStart + by,
      parts.scheme,
    ),
  );
}

/** As parseUrl(), with localhost. @returns {UrlParts | undefined} */
export function parseWithLocalhost(text, base = undefined) {
  const parts = parseUrl(text, base);
  return parts === undefined ? undefined : withLocalhost(parts);
}

/** Of the client's URL, as scripts see its origin. @returns {UrlParts | undefined} */
export function requestParts(record) {
  if (record.parts === null) record.parts = parseWithLocalhost(record.url);
  return record.parts;
}

function parseNextUrl(input, base) {
  const text = usvString(input);
  const baseText = base === undefined || base === null ? undefined : usvString(base);
  const parts = parseWithLocalhost(text, baseText);
  if (parts === undefined) {
    const error = new TypeError('Invalid URL');
    setOwn(error, 'code', 'ERR_INVALID_URL');
    setOwn(error, 'input', text);
    throw error;
  }
  return parts;
}

/** In one object of plain properties, as in headers.js. */
class NextUrlState extends UrlState {
  constructor(parts, options) {
    super(parts);
    this.options = options;
    this.analyze();
  }

  analyze() {
    const { href, pathnameStart } = this.parts;
    const { pathname } = this;
    this.basePath = '';
    this.buildId = undefined;
    this.trailingSlash = pathname.length > 1 && pathname.charCodeAt(pathname.length - 1) === 47;
    if (href.startsWith(DATA_PREFIX, pathnameStart) && pathname.endsWith('.json')) {
      const paths = pathname.slice(DATA_PREFIX.length, -5).split('/');
      this.buildId = paths[0];
      this.set('pathname', paths[1] === 'index' ? '/' : `/${paths.slice(1).join('/')}`);
    }
  }

  formatPathname() {
    const { buildId, trailingSlash } = this;
    let { pathname } = this;
    if (buildId || !trailingSlash) pathname = withoutTrailingSlash(pathname);
    if (buildId) {
      const file = this.pathname === '/' ? '/index.json' : `${pathname}.json`;
      pathname = `/_next/data/${buildId}${file}`;
    }
    pathname = withPrefix(pathname, this.basePath);
    if (!buildId && trailingSlash) return pathname.endsWith('/') ? pathname : `${pathname}/`;
    return withoutTrailingSlash(pathname);
  }
}

export class NextURL {
  #state;

  /**
   * @param {string | URL} input
   * @param {string | URL | object} [baseOrOptions]
   * @param {object} [options]
   * Internal form: (INTERNAL, parts), parts with localhost already.
   */
  constructor(input, baseOrOptions, options) {
    if (input === INTERNAL) {
      this.#state = new NextUrlState(baseOrOptions, {});
      return;
    }
    let base;
    if (
      typeof baseOrOptions === 'string' ||
      urlParts(baseOrOptions) !== undefined ||
      (typeof baseOrOptions === 'object' && baseOrOptions !== null && baseOrOptions.pathname !== undefined)
    ) {
      base = baseOrOptions;
      options ??= {};
    } else {
      options ??= baseOrOptions ?? {};
    }
    this.#state = new NextUrlState(parseNextUrl(input, base ?? options.base), options);
  }

  get buildId() {
    return this.#state.buildId;
  }
  set buildId(value) {
    this.#state.buildId = value;
  }
  get locale() {
    return this.#state && '';
  }
  set locale(locale) {
    throw new TypeError(`The NextURL configuration includes no locale "${locale}"`);
  }
  get defaultLocale() {
    return this.#state && undefined;
  }
  get domainLocale() {
    return this.#state && undefined;
  }
  get searchParams() {
    return this.#state.searchParams;
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
  get protocol() {
    return this.#state.protocol;
  }
  set protocol(value) {
    this.#state.set('protocol', usvString(value));
  }
  get href() {
    const state = this.#state;
    return `${state.protocol}//${state.host}${state.formatPathname()}${state.search}${state.hash}`;
  }
  set href(value) {
    this.#state.replace(parseNextUrl(value));
    this.#state.analyze();
  }
  get origin() {
    return this.#state.origin;
  }
  get pathname() {
    return this.#state.pathname;
  }
  set pathname(value) {
    this.#state.set('pathname', usvString(value));
  }
  get hash() {
    return this.#state.hash;
  }
  set hash(value) {
    this.#state.set('hash', usvString(value));
  }
  get search() {
    return this.#state.search;
  }
  set search(value) {
    this.#state.set('search', usvString(value));
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
  get basePath() {
    return this.#state.basePath;
  }
  set basePath(value) {
    this.#state.basePath = value.startsWith('/') ? value : `/${value}`;
  }

  /** Reads the pathname anew; this and the next two are private in Next.js, but there. */
  analyze() {
    this.#state.analyze();
  }
  formatPathname() {
    return this.#state.formatPathname();
  }
  formatSearch() {
    return this.#state.search;
  }

  toString() {
    return this.href;
  }
  toJSON() {
    return this.href;
  }
  clone() {
    return new NextURL(this.href, this.#state.options);
  }

  [inspect]() {
    return membersOf(this, SHOWN);
  }
}

// The bundler renames classes that name themselves.
defineProperty(NextURL, 'name', { value: 'NextURL', configurable: true });

function withoutTrailingSlash(path) {
  return path.endsWith('/') ? path.slice(0, -1) || '/' : path;
}

function withPrefix(path, prefix) {
  return prefix === '' || !path.startsWith('/') ? path : `${prefix}${path}`;
}
