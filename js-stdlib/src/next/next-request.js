// NextRequest of next/server. For the client's request everything is made when it is touched.
import { RequestCookies } from '@edge-runtime/cookies';
import { natives } from '../natives.js';
import {
  isRequest,
  makeState,
  Request,
  requestHeaders,
  requestState,
  SHOWN as OF_REQUEST,
} from '../request.js';
import { urlParts } from '../url.js';
import { defineInterface, inspect, INTERNAL, membersOf } from '../webidl.js';
import { NextURL, parseWithLocalhost, requestParts } from './next-url.js';
import { urlWithParams } from './params.js';
import { malformedUrl } from './urls.js';
import { detach } from '../primordials.js';

class NextState {
  static {
    detach(this);
  }

  constructor() {
    this.href = undefined;
    this.parts = undefined;
    this.nextUrl = null;
    this.cookies = null;
  }
}

/** Fills in the URL: localhost, route parameters in the query, no router internals. */
function analyze(state) {
  const { record, next } = state;
  let url = state.url;
  if (record !== null) url = urlWithParams(url, record.params);
  const parts = record?.url === url ? requestParts(record) : parseWithLocalhost(url);
  if (parts === undefined) throw malformedUrl(url);
  next.parts = parts;
  const { href, pathnameStart } = parts;
  if (record === null || href.startsWith('/_next/data/', pathnameStart)) {
    const nextUrl = new NextURL(INTERNAL, parts);
    // Middleware sees the page that a data request asks for.
    if (record !== null) nextUrl.buildId = '';
    next.nextUrl = nextUrl;
    next.href = nextUrl.href;
  } else {
    // The client's URL is normal already: what NextURL.href would give.
    next.href =
      parts.usernameEnd > parts.protocolEnd + 2 || parts.hostStart > parts.usernameEnd
        ? new NextURL(INTERNAL, parts).href
        : href;
  }
}

/** What the console shows, in this order. */
const SHOWN = ['cookies', 'nextUrl', 'url', ...OF_REQUEST.filter((name) => name !== 'url')];

export class NextRequest extends Request {
  /** Internal form: (INTERNAL, state). */
  constructor(input, init = {}) {
    if (input === INTERNAL) {
      super(INTERNAL, init);
      init.next = new NextState();
      return;
    }
    // As Next.js: TypeError for what can have no properties.
    const isSource = typeof input === 'string' || isRequest(input) || urlParts(input) !== undefined;
    const source = isSource || !('url' in input) ? input : input.url;
    if (init === null) throw new TypeError('NextRequest constructor: init is null.');
    super(INTERNAL, makeState(source, init, malformedUrl));
    const state = requestState(this);
    state.next = new NextState();
    analyze(state);
  }

  get url() {
    const state = requestState(this);
    if (state.next.href === undefined) analyze(state);
    return state.next.href;
  }

  get nextUrl() {
    const state = requestState(this);
    const { next } = state;
    if (next.nextUrl !== null) return next.nextUrl;
    if (next.href === undefined) analyze(state);
    return (next.nextUrl ??= new NextURL(INTERNAL, next.parts));
  }

  get cookies() {
    const state = requestState(this);
    return (state.next.cookies ??= new RequestCookies(requestHeaders(state)));
  }

  /**
   * The client's address; gone from next/server since version 15, kept here as nothing replaces it.
   * undefined: the client came over a Unix socket.
   */
  get ip() {
    const { record } = requestState(this);
    return record === null || record.ended ? undefined : natives.clientIp(record.id) || undefined;
  }

  get page() {
    throw new Error(
      'The request.page has been deprecated in favour of `URLPattern`.\n' +
        '  Read more: https://nextjs.org/docs/messages/middleware-request-page\n  ',
    );
  }

  get ua() {
    throw new Error(
      'The request.ua has been removed in favour of `userAgent` function.\n' +
        '  Read more: https://nextjs.org/docs/messages/middleware-parse-user-agent\n  ',
    );
  }

  [inspect]() {
    return membersOf(this, SHOWN);
  }
}
defineInterface(NextRequest, 'NextRequest');
Reflect.deleteProperty(NextRequest.prototype, Symbol.toStringTag);
