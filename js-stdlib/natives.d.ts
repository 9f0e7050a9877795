// The border between js-stdlib (JavaScript) and bindings/ (C++), in both directions.
//
// The bundle is one IIFE: `(natives) => callbacks`. It runs once, at build time, inside the snapshot
// creator; every isolate starts from that snapshot. So module-level code must not read clocks or
// random numbers, must not hold a native handle, and must be correct for every later isolate.
//
// Requests, fetches and bodies cross as 32-bit integers (ids into C++ tables), never as pointers.
// A header list crosses flat: [name, value, name, value, ...]; names from C++ are lower-case,
// values are isomorphic-decoded byte strings (each char 0..255). Towards C++ it is one string,
// "name\nvalue\nname\nvalue", since each string that crosses costs a call ('' is the empty list).

/** Which body an id belongs to. Must equal StreamKind in core/ipc/messages.h. */
export const enum StreamKind {
  RequestBody = 0,        // client -> script; id = request id
  FetchResponseBody = 1,  // upstream -> script; id = fetch id
  ResponseBody = 2,       // script -> client; id = request id
  FetchRequestBody = 3,   // script -> upstream; id = fetch id
}

/** How a body travels. Must equal BodyKind in core/ipc/messages.h. */
export const enum BodyKind {
  None = 0,
  Inline = 1,       // whole body in the same message
  Stream = 2,       // chunks follow with streamWrite / streamEnd
  PassThrough = 3,  // bytes that no script looked at: the front joins the two ends itself
}

/** The body of a request when it is dispatched. Must equal Request::Body in core/ipc/messages.h. */
export const enum IncomingBody {
  None = 0,
  ToPull = 1,
  Whole = 2,  // bodyPull gets it as well
}

/** Must equal ChunkState in core/ipc/messages.h. */
export const enum ChunkState { More = 0, End = 1, Error = 2 }

/** What C++ gives to JavaScript. All functions are synchronous and are called without `this`. */
export interface Natives {
  // --- request and response (bindings/request.cc) -------------------------------------------------
  /** Header list of a live request, flat. Throws when the request has ended. */
  requestHeaders(request: number): string[];
  /** The client's address. Throws when the request has ended. */
  clientIp(request: number): string;
  /**
   * Takes the body that came with a request (IncomingBody.Whole), as text (UTF-8 decode, without a look at
   * a BOM) or as fresh bytes. Throws when it was taken, pulled or passed on.
   */
  wholeBodyText(request: number): string;
  wholeBodyBytes(request: number): Uint8Array;
  /**
   * Sends the final response. To HEAD: kind None, and a content-length header when the length of the
   * body is known. body/extra by kind: Inline: string (sent as UTF-8) or Uint8Array;
   * Stream: content length as a number or -1; PassThrough: StreamKind, id.
   * False: an inline body does not fit into one message (about 56 KiB); nothing was sent, use Stream.
   * Throws TypeError for a status outside 200..599, or header bytes that HTTP forbids. More headers than
   * the app's limit: fails the request, and throws.
   */
  respond(request: number, status: number, statusText: string, headers: string,
          kind: BodyKind, body?: unknown, extra?: number): boolean;
  /**
   * Middleware decided "go on". rewriteUrl: absolute URL or undefined (NextResponse.next()).
   * requestHeaders: the complete header list for the origin, or undefined to keep the client's.
   * responseHeaders: to be put on the request, and merged into whatever response follows (but for
   * x-middleware-set-cookie); too many fail the request as in respond().
   * status: of the response that follows, where that has 200.
   */
  next(request: number, rewriteUrl: string | undefined, requestHeaders: string | undefined,
       responseHeaders: string, status: number): void;
  /** The script failed for this request: code is a name of core/base/errors.h ("BRINK_SCRIPT_ERROR"). */
  fail(request: number, code: string, message: string, stack: string): void;
  /**
   * The handler settled, all its waitUntil promises did, and a streamed response body has ended: C++
   * forgets the id. Called exactly once, unless dispatch() says it. A fetch whose body was passed through
   * outlives this.
   */
  done(request: number): void;
  /** Id of the request that the running code belongs to (kept across await); 0: none (start-up). */
  currentRequest(): number;

  // --- bodies (bindings/body.cc) ------------------------------------------------------------------
  /** Asks for at most maxBytes more of an incoming body; answered by callbacks.onBody, once. */
  bodyPull(kind: StreamKind, id: number, maxBytes: number): void;
  /** No more of this incoming body is wanted. */
  bodyCancel(kind: StreamKind, id: number): void;
  /**
   * Takes the content codings off a fetch's response body (bindings/decoding.cc). codings: as applied,
   * "gzip" or "gzip,br"; of gzip, deflate, br, zstd, at most 5. input: the next encoded bytes; undefined: go
   * on with what is there. last: no more input comes. Returns at most 64 KiB, empty when it only took long;
   * undefined: it needs input, or with `last` that is the end. Throws TypeError when the bytes are not
   * what codings says or end too early, RangeError at the memory limit.
   */
  bodyDecode(fetch: number, codings: string, input: Uint8Array | undefined,
             last: boolean): Uint8Array | undefined;
  /** Queues bytes of an outgoing body; returns the window left: at <= 0 wait for callbacks.onWindow. */
  streamWrite(kind: StreamKind, id: number, bytes: Uint8Array): number;
  /** Ends an outgoing body; error: ends it as broken (the peer sees an aborted body). */
  streamEnd(kind: StreamKind, id: number, error?: string): void;

  // --- fetch (bindings/fetch.cc) ------------------------------------------------------------------
  /**
   * Starts a subrequest of the current request and returns its fetch id (> 0). Answered by
   * callbacks.onFetchResponse or callbacks.onFetchError. Redirects are followed by the front
   * ("follow"), or returned as they are ("manual"), or are an error ("error"). Body as in respond().
   * Returns 0 when an inline body does not fit into one message (use Stream).
   */
  fetchStart(method: string, url: string, headers: string, redirect: 'follow' | 'manual' | 'error',
             kind: BodyKind, body?: unknown, extra?: number): number;
  /** Aborts a fetch in any state; no callback follows. */
  fetchAbort(fetchId: number): void;

  // --- URL (bindings/url.cc, on ada) --------------------------------------------------------------
  /**
   * Parses; returns the href, or undefined when invalid. Fills out (9 entries) with ada's
   * url_components: [protocol_end, username_end, host_start, host_end, port (0xffffffff: none),
   * pathname_start, search_start (0xffffffff: none), hash_start (0xffffffff: none), scheme type].
   */
  urlParse(input: string, base: string | undefined, out: Uint32Array): string | undefined;
  /** Applies one setter of the URL standard ("href" excepted); same result as urlParse. */
  urlSet(href: string, part: 'protocol' | 'username' | 'password' | 'host' | 'hostname' | 'port' |
         'pathname' | 'search' | 'hash', value: string, out: Uint32Array): string | undefined;

  // --- encoding (bindings/encoding.cc, on simdutf) ------------------------------------------------
  utf8Encode(text: string): Uint8Array;
  /** Encodes as much as fits; out[0] = UTF-16 units read, out[1] = bytes written. */
  utf8EncodeInto(text: string, target: Uint8Array, out: Uint32Array): void;
  utf8ByteLength(text: string): number;
  /** Decodes all bytes (replacement characters for bad ones). undefined: fatal and malformed. No BOM handling. */
  utf8Decode(bytes: Uint8Array, fatal: boolean): string | undefined;
  utf16leDecode(bytes: Uint8Array, fatal: boolean): string | undefined;
  /** windows-1252, the encoding standard's "latin1". */
  latin1Decode(bytes: Uint8Array): string;
  /** forgiving-base64 of the infra standard; undefined: not decodable / a char above 255. */
  atob(data: string): string | undefined;
  btoa(data: string): string | undefined;

  // --- crypto, clone, timers, console (bindings/crypto.cc, clone.cc, timers.cc, console.cc) -------
  getRandomValues(bytes: Uint8Array): void;
  randomUUID(): string;
  digest(algorithm: 'sha256' | 'sha384' | 'sha512', bytes: Uint8Array): string;  // base64
  /**
   * V8's serializer and back; transfer: ArrayBuffers to detach. placeOf is asked about each object: the place
   * in `copies` (filled meanwhile) of what stands for it in the clone, or -1. Throws Error without
   * DOMException: wrap it.
   */
  structuredClone(value: unknown, transfer: ArrayBuffer[], placeOf: (object: object) => number,
                  copies: object[]): unknown;
  /**
   * (Re)starts timer id; fires callbacks.onTimer(id) once, with the request of the caller current.
   * False: the request has as many timers as it may.
   */
  timerStart(id: number, delayMs: number): boolean;
  timerStop(id: number): void;
  /** Milliseconds since this worker began, coarse; and the same as a wall clock (Unix, ms). */
  now(): number;
  timeOrigin(): number;
  /** level: 0 debug, 1 info (log), 2 warn, 3 error. Dropped without a word past the request's limit. */
  log(level: number, text: string): void;
  /** The app's variables, flat: name, value (bindings/environment.cc). */
  environment(): string[];
  /**
   * 0 pending, 1 fulfilled, 2 rejected: lets the dispatcher skip a microtask turn for settled promises.
   * Never runs user code. Throws when it is not a native promise: an object may inherit from
   * Promise.prototype.
   */
  promiseState(promise: Promise<unknown>): number;
  /** Value or reason of a settled promise. */
  promiseResult(promise: Promise<unknown>): unknown;
}

/** What JavaScript gives to C++ (kept in the snapshot). C++ enters JavaScript only through these. */
export interface Callbacks {
  /**
   * Runs entry `entry` (as loaded by registerEntry) for a request. Never throws for script errors. params:
   * flat: name, value; a catch-all repeats its name; undefined: none. True: natives.done() at once.
   */
  dispatch(entry: number, request: number, method: string, url: string, body: IncomingBody,
           params: string[] | undefined): boolean;
  /** The client went away, in two turns: aborts request.signal, then ends what only the client waited for. */
  onAbort(request: number): void;
  /** bytes is a fresh Uint8Array that JavaScript owns; undefined unless state is More (or End with data). */
  onBody(kind: StreamKind, id: number, state: ChunkState, bytes: Uint8Array | undefined,
         error: string | undefined): void;
  /** More may be written to an outgoing body; window as in streamWrite. window < 0: the reader is gone. */
  onWindow(kind: StreamKind, id: number, window: number): void;
  onFetchResponse(fetchId: number, status: number, statusText: string, url: string, redirected: boolean,
                  headers: string[], hasBody: boolean): void;
  onFetchError(fetchId: number, code: string, message: string): void;
  onTimer(id: number): void;
  /** A promise rejected without handler, after a microtask checkpoint. request may be 0. */
  onUnhandledRejection(request: number, reason: unknown): void;
  /**
   * C++ forgets everything about a request it had to end (limit passed): drop timers and state, run
   * no user code.
   */
  onRequestKilled(request: number): void;
  /**
   * Takes a user's evaluated module. kind: "middleware" (exports middleware | proxy | default, and
   * config) or "handler" (default export). Returns what the front has to know:
   * for middleware the matchers, compiled by path-to-regexp 6.3 with Next.js's decorations
   * (docs of config.matcher); for a handler []. [] for middleware: no matcher, that is every request.
   * A matcher that takes no request at all (config.matcher is []) is {source: '', regexp: '(?!)'}.
   * regexp is for PCRE2 with UTF, DOLLAR_ENDONLY, ALT_BSUX, ALLOW_EMPTY_CLASS and without CASELESS, to
   * be searched for (not matched whole: it is anchored by itself) in the path as sent and decoded.
   * Throws Error with a `code` property (BRINK_MODULE_EXPORTS, BRINK_MATCHER_INVALID) and a clear
   * message when the exports are wrong. wantsMatchers: false in every context but an app's first.
   */
  registerEntry(entry: number, kind: 'middleware' | 'handler', path: string, namespace: object,
                wantsMatchers: boolean): { source: string; regexp: string }[];
  /** The module that `import ... from 'next/server'` gets: name -> value. undefined: no such built-in. */
  builtinModule(specifier: string): Record<string, unknown> | undefined;
}
