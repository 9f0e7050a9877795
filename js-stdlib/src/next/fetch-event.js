// NextFetchEvent of next/server.
import { illegalInvocation, INTERNAL } from '../webidl.js';
import { paramsObject } from './params.js';
import { waitUntil } from './wait-until.js';

function pageSignatureError(page) {
  return new Error(`The middleware "${page}" accepts an async API directly with the form:
  
  export function middleware(request, event) {
    return NextResponse.redirect('/new-location')
  }
  
  Read more: https://nextjs.org/docs/messages/middleware-new-signature
  `);
}

export class NextFetchEvent {
  #record;

  constructor(token, record) {
    if (token !== INTERNAL) throw new TypeError('Illegal constructor');
    this.#record = record;
  }

  /** The file that is being run. */
  get sourcePage() {
    return this.#record.entry.path;
  }

  /** Parameters of the route, of handlers of dynamic routes: {id: '1', rest: ['a', 'b']}. */
  get params() {
    const record = this.#record;
    return (record.paramsObject ??= paramsObject(record.params));
  }

  /** Keeps the request's code running until the promise settles, after the response was sent. */
  waitUntil(promise) {
    if (!(#record in this)) throw illegalInvocation();
    waitUntil(this.#record, promise);
  }

  passThroughOnException() {}

  get request() {
    throw pageSignatureError(this.sourcePage);
  }
  respondWith() {
    throw pageSignatureError(this.sourcePage);
  }
}
