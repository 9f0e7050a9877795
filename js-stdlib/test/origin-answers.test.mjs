// Answers of origins that scripts hand on: their x-middleware-* steers nobody, and HEAD keeps its
// length.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NONE, startWorker } from './natives-node.mjs';

function workerThatAnswers(answer) {
  const worker = startWorker();
  Object.assign(worker.context, worker.callbacks.builtinModule('next/server'));
  worker.onFetch = (fetch) => worker.answerFetch(fetch, answer);
  return worker;
}

const CONTROL = {
  'x-middleware-next': '1',
  'x-middleware-rewrite': '/secret',
  'x-middleware-override-headers': 'x-user',
  'x-middleware-request-x-user': 'root',
  'x-middleware-set-cookie': 'a=1',
  'x-middleware-redirect': '/secret',
};
const FROM_ORIGIN = ['x-page', '1', ...Object.entries(CONTROL).flat()];

// How scripts hand on what they fetched, r.
const COPIES = {
  'the answer': 'r',
  'a clone': 'r.clone()',
  'new Response(body, answer)': 'new Response(r.body, r)',
  'new Response(text, answer)': 'new Response(await r.text(), r)',
  'new NextResponse(body, answer)': 'new NextResponse(r.body, r)',
  'a copy of a copy': 'new Response(r.body, new Response(null, { headers: new Headers(r.headers) }))',
  'its entries': 'new Response(r.body, { headers: [...r.headers] })',
  'its entries as an object': 'new Response(r.body, { headers: Object.fromEntries(r.headers) })',
  'forEach and set':
    '(() => { const o = new Response(r.body); r.headers.forEach((v, k) => o.headers.set(k, v)); return o; })()',
  'entries and append':
    '(() => { const o = new NextResponse(r.body); for (const [k, v] of r.headers) o.headers.append(k, v); return o; })()',
  'keys and get of a copy':
    '(() => { const h = new Headers(r.headers), o = new Headers(); for (const k of h.keys()) o.set(k, h.get(k)); return new Response(r.body, { headers: o }); })()',
};

test('what an origin sends of x-middleware-* does not steer, however the answer is copied', async () => {
  for (const kind of ['middleware', 'handler']) {
    for (const [how, copy] of Object.entries(COPIES)) {
      const worker = workerThatAnswers({ body: 'page', headers: FROM_ORIGIN });
      const exchange = await worker.request(
        `async () => { const r = await fetch('http://a.example/'); return ${copy}; }`,
        { kind },
      );
      assert.equal(exchange.fail, undefined, `${kind}, ${how}: ${exchange.fail?.message}`);
      assert.equal(exchange.next, undefined, `${kind}, ${how}`);
      assert.equal(exchange.header('x-page'), '1', `${kind}, ${how}`);
    }
  }
});

test('it goes to the client with the answer, as through a proxy', async () => {
  for (const copy of ['r', 'new Response(r.body, r)', 'r.clone()']) {
    const worker = workerThatAnswers({ body: 'page', headers: FROM_ORIGIN });
    const exchange = await worker.request(
      `async () => { const r = await fetch('http://a.example/'); return ${copy}; }`,
      { kind: 'handler' },
    );
    for (const [name, value] of Object.entries(CONTROL)) assert.equal(exchange.header(name), value);
  }
});

test('the script can look at it, and its own steers beside it', async () => {
  const worker = workerThatAnswers({ body: 'page', headers: FROM_ORIGIN });
  const seen = await worker.request(`async () => {
    const r = await fetch('http://a.example/');
    const copy = new Headers(r.headers);
    copy.set('x-middleware-next', '2');
    copy.delete('X-Middleware-Rewrite');
    return Response.json([r.headers.get('x-middleware-rewrite'), r.headers.has('x-middleware-next'),
      [...r.headers.keys()], copy.get('x-middleware-next'), copy.has('x-middleware-rewrite')]);
  }`);
  assert.deepEqual(JSON.parse(seen.respond.body), ['/secret', true, ['x-page'], '2', false]);
  const next = await worker.request(`async () => {
    const r = await fetch('http://a.example/');
    return NextResponse.next({ headers: r.headers });
  }`);
  assert.deepEqual(next.next.responseHeaders, ['x-page', '1']);
  assert.equal(next.next.rewriteUrl, undefined);
  assert.equal(next.next.requestHeaders, undefined);
  const own = await worker.request(`async () => {
    const r = await fetch('http://a.example/');
    const out = new Response(null, r);
    out.headers.set('x-middleware-rewrite', 'http://example.com/own');
    return out;
  }`);
  assert.equal(own.next.rewriteUrl, 'http://example.com/own');
  assert.equal(own.next.requestHeaders, undefined);
});

test('headers that a script writes itself steer, without next/server', async () => {
  const worker = startWorker();
  const next = await worker.request(
    `() => new Response(null, { headers: { 'x-middleware-next': '1' } })`,
  );
  assert.notEqual(next.next, undefined);
});

test('HEAD has the length that GET has, or none', async () => {
  const lengthOf = async (handler, headers = []) => {
    const worker = workerThatAnswers({ headers });
    const { respond } = await worker.request(`async (req) => ${handler}`, {
      kind: 'handler',
      method: 'HEAD',
    });
    assert.equal(respond.kind, NONE);
    const at = respond.headers.indexOf('content-length');
    return at < 0 ? undefined : respond.headers[at + 1];
  };
  const fetched = `await fetch('http://a.example/', { method: 'HEAD' })`;
  const length = ['content-length', '9757'];
  assert.equal(await lengthOf(`new Response('añ')`), '3');
  assert.equal(await lengthOf(`new Response('')`), '0');
  assert.equal(await lengthOf(`new Response(new Uint8Array(7))`), '7');
  assert.equal(await lengthOf(`Response.json({ a: 1 })`), '7');
  assert.equal(await lengthOf(`new Response('abc', { headers: { 'content-length': '9' } })`), '3');
  assert.equal(await lengthOf(`new Response(null)`), undefined);
  assert.equal(await lengthOf(`new Response(null, { headers: { 'content-length': '9' } })`), '9');
  assert.equal(await lengthOf(`new Response(new Blob(['abc']).stream())`), undefined);
  assert.equal(await lengthOf(fetched, length), '9757');
  assert.equal(await lengthOf(fetched), undefined);
  const wrapped = `(async () => { const r = ${fetched}; return new Response(r.body, r); })()`;
  assert.equal(await lengthOf(wrapped, length), '9757');
  const transformed = `(async () => { const r = ${fetched};
    return new Response(new Blob(['x']).stream(), { headers: r.headers }); })()`;
  assert.equal(await lengthOf(transformed, length), undefined);
});

test('an error that only says that the client left is none of the script', async () => {
  for (const [handler, code] of [
    [`(req) => new Promise((_, no) => req.signal.addEventListener('abort', () => no(req.signal.reason)))`,
      'BRINK_CLIENT_GONE'],
    [`(req) => fetch('http://a.example/', { signal: req.signal })`, 'BRINK_CLIENT_GONE'],
    [`(req) => fetch('http://a.example/', { signal: AbortSignal.any([req.signal, AbortSignal.timeout(60000)]) })`,
      'BRINK_CLIENT_GONE'],
    [`async (req) => { try { await fetch('http://a.example/', { signal: req.signal }); } catch (cause) {
      throw new Error('no page', { cause }); } }`, 'BRINK_CLIENT_GONE'],
    [`async (req) => { try { await fetch('http://a.example/', { signal: req.signal }); } catch {
      throw new Error('a bug'); } }`, 'BRINK_SCRIPT_ERROR'],
  ]) {
    const worker = startWorker();
    worker.onFetch = () => {};
    const exchange = worker.start(worker.load(handler, 'handler'));
    worker.callbacks.onAbort(exchange.id);
    await exchange.doneSignal;
    assert.equal(exchange.fail.code, code, handler);
  }
});
