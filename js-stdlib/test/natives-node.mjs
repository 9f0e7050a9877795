// The C++ side of natives.d.ts, played by Node, so that the real bundle can be tested without a worker.
// `startWorker()` gives a fresh context with the bundle in it, as a new isolate would.
import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { execFileSync } from 'node:child_process';
import { createHash, randomUUID, webcrypto } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import vm from 'node:vm';
import {
  BodyDecoder,
  cloneValue,
  decode,
  fillOffsets,
  promiseState,
  windows1252,
} from './engine-node.mjs';

export const REQUEST_BODY = 0;
export const FETCH_RESPONSE_BODY = 1;
export const RESPONSE_BODY = 2;
export const FETCH_REQUEST_BODY = 3;
export const NONE = 0;
export const INLINE = 1;
export const STREAM = 2;
export const PASS_THROUGH = 3;
const INCOMING_TO_PULL = 1;
const INCOMING_WHOLE = 2;
const MORE = 0;
const END = 1;
const ERROR = 2;

const MAX_INLINE_BYTES = 56 * 1024;
const WINDOW_BYTES = 256 * 1024;

let bundle;

/** The bundle's text, built once per process by the same command that CMake runs. */
export function bundleText() {
  if (bundle === undefined) {
    const folder = mkdtempSync(join(tmpdir(), 'brink-js-'));
    try {
      const out = join(folder, 'bundle.js');
      execFileSync(fileURLToPath(new URL('../build', import.meta.url)), [out], {
        stdio: 'inherit',
      });
      bundle = readFileSync(out, 'utf8');
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
  return bundle;
}

/** What happened to one request. */
class Exchange {
  constructor(worker, id) {
    this.worker = worker;
    this.id = id;
    this.headers = [];
    this.done = 0;
    this.respond = undefined;
    this.next = undefined;
    this.fail = undefined;
    this.chunks = [];
    this.streamEnd = undefined;
    this.incoming = undefined;
    this.doneSignal = new Promise((resolve) => {
      this.resolveDone = resolve;
    });
  }

  end() {
    this.done++;
    this.resolveDone();
  }

  /** The body that came with the request. */
  takeWhole() {
    assert.ok(this.whole !== undefined, 'the body is not here');
    const bytes = Buffer.from(this.whole);
    this.whole = undefined;
    return bytes;
  }

  /** Everything that was streamed, as text. */
  get streamed() {
    return Buffer.concat(this.chunks).toString();
  }

  header(name) {
    const list = this.respond?.headers ?? this.next?.responseHeaders;
    const index = list.findIndex((value, i) => i % 2 === 0 && value === name);
    return index < 0 ? undefined : list[index + 1];
  }
}

/** Bytes on their way to a script: given at once or pushed later. */
export class Incoming {
  constructor(chunks, { ended = true, error } = {}) {
    this.chunks = chunks.map((chunk) => (typeof chunk === 'string' ? Buffer.from(chunk) : chunk));
    this.ended = ended;
    this.error = error;
    this.wanted = 0;
    this.pulls = 0;
    this.cancelled = false;
    this.deliver = undefined;
  }

  push(chunk) {
    this.chunks.push(Buffer.from(chunk));
    this.flush();
  }

  end() {
    this.ended = true;
    this.flush();
  }

  flush() {
    if (this.wanted === 0) return;
    if (this.chunks.length > 0) {
      let chunk = this.chunks.shift();
      if (chunk.length > this.wanted) {
        this.chunks.unshift(chunk.subarray(this.wanted));
        chunk = chunk.subarray(0, this.wanted);
      }
      this.wanted = 0;
      const last = this.ended && this.chunks.length === 0 && this.error === undefined;
      this.deliver(last ? END : MORE, chunk, undefined);
    } else if (this.ended) {
      this.wanted = 0;
      if (this.error !== undefined) this.deliver(ERROR, undefined, this.error);
      else this.deliver(END, undefined, undefined);
    }
  }
}

class Worker {
  constructor({ windowBytes = WINDOW_BYTES, override = {} } = {}) {
    this.windowBytes = windowBytes;
    this.logs = [];
    this.exchanges = new Map();
    this.fetches = new Map();
    this.timers = new Map();
    this.current = new AsyncLocalStorage();
    this.lastRequest = 0;
    this.lastFetch = 0;
    this.lastEntry = 0;
    this.nowMs = 1000;
    /** (fetch) => void: what the world answers; see answerFetch(). */
    this.onFetch = () => {};
    this.context = vm.createContext({}, { codeGeneration: { strings: true, wasm: true } });
    this.realm = vm.runInContext('({ Uint8Array, Error, TypeError })', this.context);
    // As the worker does: as a function's body, so that nothing of it stays on the global.
    const main = vm.compileFunction(
      `${bundleText()}\nreturn __brink_main.default(natives);`,
      ['natives'],
      { parsingContext: this.context, filename: 'brink-stdlib.js' },
    );
    this.callbacks = main({ ...this.natives(), ...override });
  }

  /** Bytes as C++ makes them: a fresh array of the script's realm. */
  bytes(data) {
    const copy = new this.realm.Uint8Array(data.length);
    copy.set(data);
    return copy;
  }

  /** Runs script text in the context; the value of its last expression. */
  run(text) {
    return vm.runInContext(text, this.context);
  }

  exchange(id) {
    const exchange = this.exchanges.get(id);
    if (exchange === undefined || exchange.done > 0)
      throw new this.realm.Error('The request has ended');
    return exchange;
  }

  /** Evaluates an async function's body in the context, outside of any request. */
  async eval(body) {
    return this.run(`(async () => {${body}})()`);
  }

  load(handler, kind = 'middleware', config = undefined) {
    const entry = ++this.lastEntry;
    const namespace = {
      __proto__: null,
      default: typeof handler === 'string' ? this.run(`(${handler})`) : handler,
    };
    if (config !== undefined) namespace.config = config;
    this.callbacks.registerEntry(entry, kind, `${kind}.js`, namespace);
    return entry;
  }

  /** Starts a request; `exchange.doneSignal` resolves at natives.done(). */
  start(
    entry,
    {
      method = 'GET',
      url = 'http://example.com/',
      headers = [],
      body,
      whole,
      params,
      clientIp = '192.0.2.1',
    } = {},
  ) {
    const id = ++this.lastRequest;
    const exchange = new Exchange(this, id);
    exchange.headers = headers;
    exchange.clientIp = clientIp;
    exchange.whole = whole;
    if (body !== undefined) this.attach(exchange, REQUEST_BODY, id, body);
    const bodyKind = whole !== undefined ? INCOMING_WHOLE : body !== undefined ? INCOMING_TO_PULL : 0;
    this.exchanges.set(id, exchange);
    this.current.run(id, () => {
      if (this.callbacks.dispatch(entry, id, method, url, bodyKind, params)) exchange.end();
    });
    return exchange;
  }

  /** Starts a request and waits for its end. */
  async request(handler, options = {}) {
    const entry =
      typeof handler === 'number' ? handler : this.load(handler, options.kind, options.config);
    const exchange = this.start(entry, options);
    await exchange.doneSignal;
    return exchange;
  }

  attach(owner, kind, id, body) {
    const incoming = body instanceof Incoming ? body : new Incoming([body]);
    owner.incoming = incoming;
    incoming.deliver = (state, chunk, error) => {
      setImmediate(() =>
        this.callbacks.onBody(
          kind,
          id,
          state,
          chunk === undefined ? undefined : this.bytes(chunk),
          error,
        ),
      );
    };
  }

  incoming(kind, id) {
    return (kind === REQUEST_BODY ? this.exchanges.get(id) : this.fetches.get(id)).incoming;
  }

  /** The world's answer to a fetch. */
  answerFetch(
    fetch,
    {
      status = 200,
      statusText = 'OK',
      headers = [],
      body,
      url = fetch.url,
      redirected = false,
    } = {},
  ) {
    if (body !== undefined) this.attach(fetch, FETCH_RESPONSE_BODY, fetch.id, body);
    this.current.run(fetch.request, () =>
      this.callbacks.onFetchResponse(
        fetch.id,
        status,
        statusText,
        url,
        redirected,
        headers,
        body !== undefined,
      ),
    );
  }

  kill(id) {
    this.exchanges.get(id).done++;
    this.callbacks.onRequestKilled(id);
  }

  /** A header list as natives get it. */
  list(wire) {
    const list = wire === '' ? [] : wire.split('\n');
    if (list.length % 2 !== 0) throw new this.realm.Error('odd header list');
    return list;
  }

  natives() {
    const { realm } = this;
    const outgoing = (kind, id) =>
      kind === RESPONSE_BODY ? this.exchange(id) : this.fetches.get(id);
    const fits = (kind, data) => kind !== INLINE || Buffer.byteLength(data) <= MAX_INLINE_BYTES;
    return {
      requestHeaders: (id) => [...this.exchange(id).headers],
      clientIp: (id) => this.exchange(id).clientIp,
      wholeBodyText: (id) => this.exchange(id).takeWhole().toString(),
      wholeBodyBytes: (id) => this.bytes(this.exchange(id).takeWhole()),
      respond: (id, status, statusText, headers, kind, body, extra) => {
        const exchange = this.exchange(id);
        if (
          exchange.respond !== undefined ||
          exchange.next !== undefined ||
          exchange.fail !== undefined
        ) {
          throw new realm.Error('answered twice');
        }
        if (!(status >= 200 && status <= 599)) throw new realm.Error('status');
        if (!fits(kind, body)) return false;
        exchange.respond = {
          status,
          statusText,
          headers: this.list(headers),
          kind,
          extra,
          body: kind === INLINE ? Buffer.from(body).toString() : body,
        };
        return true;
      },
      next: (id, rewriteUrl, requestHeaders, responseHeaders, status) => {
        const exchange = this.exchange(id);
        exchange.next = {
          rewriteUrl,
          requestHeaders: requestHeaders === undefined ? undefined : this.list(requestHeaders),
          responseHeaders: this.list(responseHeaders),
          ...(status === 200 ? {} : { status }),
        };
      },
      fail: (id, code, message, stack) => {
        this.exchange(id).fail = { code, message, stack };
      },
      done: (id) => this.exchanges.get(id).end(),
      currentRequest: () => {
        const id = this.current.getStore();
        const exchange = this.exchanges.get(id);
        return exchange === undefined || exchange.done > 0 ? 0 : id;
      },

      bodyPull: (kind, id, maxBytes) => {
        const incoming = this.incoming(kind, id);
        incoming.pulls++;
        incoming.wanted = maxBytes;
        incoming.flush();
      },
      bodyCancel: (kind, id) => {
        this.incoming(kind, id).cancelled = true;
      },
      bodyDecode: (id, codings, input, last) => {
        const fetch = this.fetches.get(id);
        fetch.decoder ??= new BodyDecoder(codings);
        const bytes = fetch.decoder.step(input, last, (message) => new realm.TypeError(message));
        return bytes === undefined ? undefined : this.bytes(bytes);
      },
      streamWrite: (kind, id, bytes) => {
        const target = outgoing(kind, id);
        target.chunks.push(Buffer.from(bytes));
        target.window = (target.window ?? this.windowBytes) - bytes.length;
        if (target.window <= 0 && this.autoDrain !== false) {
          setImmediate(() => {
            target.window = this.windowBytes;
            this.callbacks.onWindow(kind, id, target.window);
          });
        }
        return target.window;
      },
      streamEnd: (kind, id, error) => {
        outgoing(kind, id).streamEnd = { error };
      },

      fetchStart: (method, url, headers, redirect, kind, body, extra) => {
        if (!fits(kind, body)) return 0;
        const fetch = {
          id: ++this.lastFetch,
          request: this.current.getStore(),
          method,
          url,
          headers: this.list(headers),
          redirect,
          kind,
          extra,
          chunks: [],
          aborted: false,
          body: kind === INLINE ? Buffer.from(body).toString() : body,
        };
        this.fetches.set(fetch.id, fetch);
        setImmediate(() => {
          if (!fetch.aborted) this.onFetch(fetch);
        });
        return fetch.id;
      },
      fetchAbort: (id) => {
        this.fetches.get(id).aborted = true;
      },

      urlParse: (input, base, out) => {
        try {
          return fillOffsets(new URL(input, base), out);
        } catch {
          return undefined;
        }
      },
      urlSet: (href, part, value, out) => {
        const url = new URL(href);
        url[part] = value;
        return fillOffsets(url, out);
      },

      utf8Encode: (text) => this.bytes(new TextEncoder().encode(text)),
      utf8EncodeInto: (text, target, out) => {
        const { read, written } = new TextEncoder().encodeInto(
          text,
          new Uint8Array(target.buffer, target.byteOffset, target.length),
        );
        out[0] = read;
        out[1] = written;
      },
      utf8ByteLength: (text) => Buffer.byteLength(text),
      utf8Decode: (bytes, fatal) => decode('utf-8', bytes, fatal),
      utf16leDecode: (bytes, fatal) => decode('utf-16le', bytes, fatal),
      latin1Decode: (bytes) => Array.from(bytes, windows1252).join(''),
      atob: (data) => {
        try {
          return atob(data);
        } catch {
          return undefined;
        }
      },
      btoa: (data) => {
        try {
          return btoa(data);
        } catch {
          return undefined;
        }
      },

      getRandomValues: (bytes) => {
        bytes.set(webcrypto.getRandomValues(new Uint8Array(bytes.length)));
      },
      randomUUID: () => randomUUID(),
      digest: (algorithm, bytes) => createHash(algorithm).update(bytes).digest('base64'),
      structuredClone: (value, transfer, placeOf, copies) => {
        try {
          const copy = cloneValue(value, placeOf, copies);
          for (const buffer of transfer) structuredClone(buffer, { transfer: [buffer] });
          return copy;
        } catch (error) {
          throw new realm.Error(error.message);
        }
      },
      timerStart: (id, delayMs) => {
        clearTimeout(this.timers.get(id));
        this.timers.set(
          id,
          setTimeout(() => this.callbacks.onTimer(id), delayMs),
        );
        return true;
      },
      timerStop: (id) => clearTimeout(this.timers.get(id)),
      now: () => this.nowMs,
      timeOrigin: () => 1700000000000,
      environment: () => ['FROM_APP', 'yes'],
      log: (level, text) => this.logs.push({ level, text, request: this.current.getStore() ?? 0 }),
      promiseState: (promise) => promiseState(promise).state,
      promiseResult: (promise) => promiseState(promise).value,
    };
  }
}

export function startWorker(options) {
  return new Worker(options);
}
