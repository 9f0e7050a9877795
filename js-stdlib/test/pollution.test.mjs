// A script, or a package of it, may put accessors on Object.prototype: none of them may break the
// library, and none may get hold of its objects.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import zlib from 'node:zlib';
import { Incoming, startWorker } from './natives-node.mjs';

const source = new URL('../src/', import.meta.url);

/** Every name that the library's own code uses after a dot, and those of descriptors. */
function plausibleNames() {
  const names = new Set(['enumerable', 'configurable', 'writable', 'get', 'set', 'value', 'cause']);
  for (const file of readdirSync(source, { recursive: true })) {
    if (!file.endsWith('.js')) continue;
    const text = readFileSync(new URL(file, source), 'utf8');
    for (const [, name] of text.matchAll(/\.([A-Za-z$][\w$]*)/g)) names.add(name);
  }
  for (const name of Object.getOwnPropertyNames(Object.prototype)) names.delete(name);
  return [...names];
}

/** One entry for each part of the API: [name, body of an async function of (request, origin)]. */
const SURFACE = {
  response: `const r = new Response('a'); r.clone(); return r.text();`,
  json: `return Response.json({ a: 1 }).json();`,
  redirect: `return Response.redirect('http://a.example/', 303).headers.get('location');`,
  request: `const r = new Request('http://a.example/', { __proto__: null, method: 'POST', body: 'b',
    signal: new AbortController().signal }); return [r.clone().url, await r.text()];`,
  headers: `const h = new Headers([['a', '1']]); h.append('a', '2'); h.set('b', '3'); h.delete('b');
    return [...new Headers(h)];`,
  url: `const u = new URL('?a=1', 'http://a.example/'); u.searchParams.append('b', 'c'); u.hash = 'h';
    return u.href;`,
  badUrl: `try { new URL('x'); } catch (error) { return [error.code, error.input]; }`,
  params: `return new URLSearchParams('a=1&b=2').toString();`,
  blob: `const f = new File([new Blob(['ab']), 'c'], 'n'); return [await f.slice(1).text(), f.name];`,
  blobStream: `return new Response(new Blob(['abc']).stream()).text();`,
  form: `const f = new FormData(); f.append('a', 'b'); f.set('c', new Blob(['d']), 'e');
    return [...await new Response(f).formData()].map(([k, v]) => [k, typeof v === 'string' ? v : v.name]);`,
  abort: `const c = new AbortController(); const any = AbortSignal.any([c.signal]); let seen = 0;
    any.addEventListener('abort', () => seen++); c.abort(); return [seen, any.reason.name];`,
  event: `const t = new EventTarget(); let seen; t.addEventListener('x', (e) => { seen = e.type; });
    t.dispatchEvent(new CustomEvent('x')); return seen;`,
  exception: `const e = new DOMException('m', 'AbortError'); return [e.name, e.message, e.code];`,
  clone: `return structuredClone({ __proto__: null, a: [1] }).a;`,
  text: `return new TextDecoder().decode(new TextEncoder().encode('é'));`,
  stream: `const s = new ReadableStream({ __proto__: null, start(c) { c.enqueue(new Uint8Array([97])); c.close(); } });
    return new Response(s).text();`,
  pipe: `const s = new Blob(['ü']).stream().pipeThrough(new TextDecoderStream());
    let text = ''; for await (const part of s) text += part; return text;`,
  tee: `const r = new Response(new ReadableStream({ __proto__: null, start(c) { c.enqueue(new Uint8Array([97])); c.close(); } }));
    const copy = r.clone(); return [await r.text(), await copy.text()];`,
  timer: `return new Promise((resolve) => setTimeout(resolve, 1, 'timer'));`,
  microtask: `return new Promise((resolve) => queueMicrotask(() => resolve('micro')));`,
  crypto: `return [crypto.randomUUID().length, crypto.getRandomValues(new Uint8Array(2)).length];`,
  base64: `return atob(btoa('x'));`,
  performance: `return typeof performance.now();`,
  console: `console.log('%s', 'a', [1]); console.error(new Error('b')); return 'logged';`,
  incoming: `return [request.headers.get('x-a'), request.nextUrl.pathname, request.cookies.get('c').value, await request.text()];`,
  fetch: `const r = await fetch('http://a.example/gzip'); return [r.status, r.type, await r.text()];`,
  fetchJson: `return (await fetch(new Request('http://a.example/json'))).json();`,
  fetchIntegrity: `return (await fetch('http://a.example/json', { __proto__: null, integrity: 'sha256-x' })).text()
    .catch((e) => e.message);`,
  fetchFails: `try { await fetch('http://a.example/fails'); } catch (error) { return [error.message, error.cause.code]; }`,
  nextRedirect: `return NextResponse.redirect('http://a.example/').status;`,
  nextJson: `const r = NextResponse.json({ a: 1 }); return r.headers.get('content-type');`,
  nextUrl: `const u = request.nextUrl.clone(); u.pathname = '/b'; return u.href;`,
  userAgent: `return typeof userAgent(request).isBot;`,
};

const HANDLERS = {
  middlewareNext: `() => NextResponse.next()`,
  nextWithHeaders: `(request) => NextResponse.next({ __proto__: null, request: { __proto__: null, headers: request.headers } })`,
  rewrite: `(request) => NextResponse.rewrite(new URL('/x', request.url))`,
  throws: `() => { throw new TypeError('thrown'); }`,
};

function answer(worker, fetch) {
  if (fetch.url.endsWith('/fails')) {
    worker.callbacks.onFetchError(fetch.id, 'BRINK_ORIGIN_UNREACHABLE', 'refused');
  } else if (fetch.url.endsWith('/gzip')) {
    const body = new Incoming([zlib.gzipSync('zipped')]);
    worker.answerFetch(fetch, { headers: ['content-encoding', 'gzip'], body });
  } else {
    worker.answerFetch(fetch, { body: '{"json":true}' });
  }
}

async function outcomes(pollute) {
  const worker = startWorker();
  worker.onFetch = (fetch) => answer(worker, fetch);
  worker.context.next = worker.callbacks.builtinModule('next/server');
  worker.run('var { NextResponse, userAgent } = next;');
  const stringify = worker.run('JSON.stringify');
  const middlewareEntries = Object.entries(HANDLERS).map(([name, text]) => [name, worker.load(text)]);
  const entries = Object.entries(SURFACE).map(([name, body]) => {
    const text = `async (request) => { ${body} }`;
    const run = worker.run(`(${text})`);
    const results = {};
    const entry = worker.load(async (request) => {
      try {
        results.value = await run(request);
      } catch (error) {
        results.error = error;
      }
      return new (worker.run('Response'))('done');
    }, 'handler');
    return { name, entry, results };
  });
  pollute(worker);
  const seen = {};
  const options = () => ({
    method: 'POST',
    headers: ['x-a', '1', 'cookie', 'c=2', 'user-agent', 'x'],
    body: 'sent',
  });
  for (const { name, entry, results } of entries) {
    const exchange = await worker.request(entry, options());
    if (results.error !== undefined) seen[name] = `threw ${results.error.stack}`;
    else if (exchange.fail !== undefined) seen[name] = `failed ${exchange.fail.message}`;
    else seen[name] = stringify(results.value);
  }
  for (const [name, entry] of middlewareEntries) {
    const exchange = await worker.request(entry, options());
    seen[name] = JSON.stringify([exchange.fail?.message, exchange.next]);
  }
  seen.log = worker.logs.map(({ level, text }) => [level, text.split('\n')[0]]);
  return seen;
}

test('accessors on Object.prototype: getters without setters', { timeout: 60_000 }, async () => {
  const plain = await outcomes(() => {});
  const polluted = await outcomes((worker) => {
    worker.context.names = plausibleNames();
    worker.run(`for (const name of names) {
      Object.defineProperty(Object.prototype, name, { __proto__: null, configurable: true, get() { return undefined; } });
    } delete globalThis.names;`);
  });
  assert.deepEqual(polluted, plain);
});

test('accessors on Object.prototype: setters get none of our objects', { timeout: 60_000 }, async () => {
  const plain = await outcomes(() => {});
  let worker;
  const polluted = await outcomes((one) => {
    worker = one;
    worker.context.names = plausibleNames();
    worker.run(`var caught = []; for (const name of names) {
      Object.defineProperty(Object.prototype, name, { __proto__: null, configurable: true, get() { return undefined; },
        set(value) { caught[caught.length] = name; } });
    } delete globalThis.names;`);
  });
  assert.deepEqual(polluted, plain);
  assert.deepEqual([...new Set(worker.run('caught'))], []);
});
