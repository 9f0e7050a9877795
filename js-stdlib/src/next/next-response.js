// NextResponse of next/server.
import { ResponseCookies, stringifyCookie } from '@edge-runtime/cookies';
import { Headers, headersFrom, isHeaders, overridesOf, shareList } from '../headers.js';
import { jsonState, makeState, Response, responseState, ResponseState } from '../response.js';
import { defineInterface, inspect, INTERNAL } from '../webidl.js';
import { NextURL } from './next-url.js';
import { absoluteUrl } from './urls.js';
import { detach } from '../primordials.js';

const NEXT_HEADERS = ['x-middleware-next', '1'];

const { apply, get } = Reflect;

/**
 * ResponseCookies as Next.js shows them: set() and delete() also tell the page about the cookies that
 * middleware set, and give back what ResponseCookies does; all methods work detached.
 */
function middlewareCookies(headers) {
  return new Proxy(new ResponseCookies(headers), {
    __proto__: null,
    get(cookies, name, receiver) {
      if (name === 'set' || name === 'delete') {
        return (...args) => {
          const result = apply(cookies[name], cookies, args);
          const all = cookies.getAll().map((cookie) => stringifyCookie(cookie));
          headers.set('x-middleware-set-cookie', all.join(','));
          return result;
        };
      }
      const value = get(cookies, name, receiver);
      return typeof value === 'function' && name !== 'constructor' ? value.bind(cookies) : value;
    },
  });
}

/** Flat list of init.request.headers; null: none given. */
function requestOverrides(init) {
  const headers = init?.request?.headers;
  if (!headers) return null;
  if (!isHeaders(headers)) throw new Error('request.headers must be an instance of Headers');
  // The list is shared, and copied when somebody changes those headers later.
  return overridesOf(headers) === null ? shareList(headers) : shareList(withMaterialised(headers));
}

function withMaterialised(headers) {
  const copy = new Headers(headers);
  copy.has('x-middleware-override-headers');
  return copy;
}

/** Response of next() and rewrite(): init's headers, the protocol header, and the overrides. */
function protocolResponse(init, name, value) {
  const overrides = requestOverrides(init);
  if (
    init === undefined ||
    init === null ||
    (init.headers === undefined && init.status === undefined && init.statusText === undefined)
  ) {
    const list = value === '1' ? NEXT_HEADERS : [name, value];
    return new NextResponse(
      INTERNAL,
      new ResponseState(200, '', headersFrom(list, false, overrides), null),
      init?.url,
    );
  }
  const state = makeState(null, init);
  state.headers.set(name, value);
  state.headers = headersFrom(
    shareList(state.headers),
    false,
    overrides ?? overridesOf(state.headers),
  );
  return new NextResponse(INTERNAL, state, init.url);
}

class NextState {
  static {
    detach(this);
  }

  constructor() {
    this.cookies = null;
    this.url = undefined;
  }
}

function nextState(response) {
  return (responseState(response).next ??= new NextState());
}

export class NextResponse extends Response {
  /** Internal form: (INTERNAL, state, url). */
  constructor(body, init = {}, url) {
    super(body, init);
    if (body !== INTERNAL) url = init.url;
    if (url) nextState(this).url = new NextURL(url);
  }

  get cookies() {
    return (nextState(this).cookies ??= middlewareCookies(responseState(this).headers));
  }

  static json(body, init) {
    return new NextResponse(INTERNAL, jsonState(body, init));
  }

  static redirect(url, init) {
    const status = typeof init === 'number' ? init : (init?.status ?? 307);
    if (status !== 301 && status !== 302 && status !== 303 && status !== 307 && status !== 308) {
      throw new RangeError('Failed to execute "redirect" on "response": Invalid status code');
    }
    const location = absoluteUrl(url);
    if (typeof init !== 'object' || init === null) {
      const headers = headersFrom(['location', location]);
      return new NextResponse(INTERNAL, new ResponseState(status, '', headers, null));
    }
    const headers = new Headers(init.headers);
    headers.set('Location', location);
    return new NextResponse(null, { ...init, headers, status });
  }

  static rewrite(destination, init) {
    return protocolResponse(init, 'x-middleware-rewrite', absoluteUrl(destination));
  }

  static next(init) {
    return protocolResponse(init, 'x-middleware-next', '1');
  }

  [inspect]() {
    const { cookies, body, bodyUsed, headers, ok, redirected, status, statusText, type } = this;
    return {
      cookies,
      url: nextState(this).url,
      body,
      bodyUsed,
      headers,
      ok,
      redirected,
      status,
      statusText,
      type,
    };
  }
}
defineInterface(NextResponse, 'NextResponse');
Reflect.deleteProperty(NextResponse.prototype, Symbol.toStringTag);
