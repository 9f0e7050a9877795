// fetch(): what reaches the front, and what comes back.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  FETCH_REQUEST_BODY,
  Incoming,
  INLINE,
  NONE,
  startWorker,
  STREAM,
} from './natives-node.mjs';

function workerThatAnswers(answer) {
  const worker = startWorker();
  worker.onFetch = (fetch) => {
    worker.seen = fetch;
    worker.answerFetch(fetch, typeof answer === 'function' ? answer(fetch) : answer);
  };
  return worker;
}

/** Runs an async expression for a request; its value by way of JSON. */
async function value(worker, body, options) {
  const exchange = await worker.request(`async (req) => { ${body} }`, options);
  assert.equal(exchange.fail, undefined, exchange.fail?.message);
  return JSON.parse(exchange.respond.body);
}

test('a response with its parts', async () => {
  const worker = workerThatAnswers({
    status: 404,
    statusText: 'Nope',
    body: 'añ',
    url: 'http://b.example/2',
    redirected: true,
    headers: ['x-a', '1', 'set-cookie', 'a=1', 'set-cookie', 'b=2'],
  });
  assert.deepEqual(
    await value(
      worker,
      `const r = await fetch('http://a.example/1#frag', { headers: { X: 'y' } });
    let immutable; try { r.headers.set('a', 'b'); } catch (e) { immutable = e.name; }
    return Response.json([r.status, r.statusText, r.ok, r.url, r.redirected, r.type, r.headers.getSetCookie(), immutable, await r.text()]);`,
    ),
    [404, 'Nope', false, 'http://b.example/2', true, 'basic', ['a=1', 'b=2'], 'TypeError', 'añ'],
  );
  const { method, url, headers, redirect, kind, request } = worker.seen;
  assert.deepEqual(
    [method, url, headers, redirect, kind, request],
    ['GET', 'http://a.example/1#frag', ['x', 'y'], 'follow', NONE, 1],
  );
});

test('request forms and bodies', async () => {
  const worker = workerThatAnswers({});
  const send = async (args) => {
    await value(worker, `await fetch(${args}); return Response.json(1);`);
    return worker.seen;
  };
  assert.equal((await send(`new URL('http://a.example/u')`)).url, 'http://a.example/u');
  assert.equal(
    (await send(`new Request('http://a.example/r', { method: 'DELETE', redirect: 'manual' })`))
      .redirect,
    'manual',
  );
  const text = await send(`'http://a.example/', { method: 'POST', body: 'x' }`);
  assert.deepEqual(
    [text.kind, text.body, text.headers],
    [INLINE, 'x', ['content-type', 'text/plain;charset=UTF-8']],
  );
  const json = await send(
    `'http://a.example/', { method: 'POST', body: JSON.stringify({}), headers: { 'content-type': 'application/json' } }`,
  );
  assert.deepEqual(json.headers, ['content-type', 'application/json']);
  const large = await send(`'http://a.example/', { method: 'PUT', body: 'x'.repeat(100000) }`);
  assert.deepEqual([large.kind, large.body], [STREAM, 100000]);
  const stream = await send(
    `'http://a.example/', { method: 'PUT', body: new Blob(['str', 'eam']).stream(), duplex: 'half' }`,
  );
  assert.deepEqual([stream.kind, stream.body], [STREAM, -1]);
  assert.equal(Buffer.concat(stream.chunks).toString(), 'stream');
  assert.deepEqual(stream.streamEnd, { error: undefined });
});

test('wrong arguments reject', async () => {
  const worker = workerThatAnswers({});
  const message = (args) =>
    value(
      worker,
      `try { await fetch(${args}); } catch (e) { return Response.json(e.name + ': ' + e.message); }`,
    );
  assert.equal(
    await message(`'/relative'`),
    'Error: URL is malformed "/relative". Please use only absolute URLs - ' +
      'https://nextjs.org/docs/messages/middleware-relative-urls',
  );
  assert.match(await message(''), /^TypeError: fetch: 1 argument required/);
  assert.match(await message(`'http://a.example/', { body: 'x' }`), /GET\/HEAD/);
  assert.match(await message(`'http://a.example/', { redirect: 'x' }`), /^TypeError/);
});

test('network errors are TypeError: fetch failed, with a cause', async () => {
  const worker = startWorker();
  worker.onFetch = (fetch) =>
    worker.callbacks.onFetchError(fetch.id, 'BRINK_ORIGIN_UNREACHABLE', 'refused');
  assert.deepEqual(
    await value(
      worker,
      `try { await fetch('http://a.example/'); } catch (e) {
    return Response.json([e.name, e.message, e.cause.code, e.cause.message]); }`,
    ),
    ['TypeError', 'fetch failed', 'BRINK_ORIGIN_UNREACHABLE', 'refused (GET http://a.example/)'],
  );
});

test('abort before, while waiting, and while reading', async () => {
  const worker = startWorker();
  worker.onFetch = () => {};
  assert.equal(
    await value(
      worker,
      `try { await fetch('http://a.example/', { signal: AbortSignal.abort() }); } catch (e) { return Response.json(e.name); }`,
    ),
    'AbortError',
  );
  assert.equal(worker.lastFetch, 0);
  assert.equal(
    await value(
      worker,
      `const c = new AbortController(); setTimeout(() => c.abort('stop'), 5);
    try { await fetch('http://a.example/', { signal: c.signal }); } catch (e) { return Response.json(e); }`,
    ),
    'stop',
  );
  assert.equal(worker.fetches.get(1).aborted, true);
  worker.onFetch = (fetch) =>
    worker.answerFetch(fetch, { body: new Incoming(['part'], { ended: false }) });
  assert.deepEqual(
    await value(
      worker,
      `const c = new AbortController(); const r = await fetch('http://a.example/', { signal: c.signal });
    setTimeout(() => c.abort(), 5); try { await r.text(); } catch (e) { return Response.json(e.name); }`,
    ),
    'AbortError',
  );
  assert.equal(
    await value(
      worker,
      `try { const r = await fetch('http://a.example/', { signal: AbortSignal.timeout(5) }); await r.text(); }
    catch (e) { return Response.json(e.name); }`,
    ),
    'TimeoutError',
  );
});

test('streams of a response are pulled as they are read, and cancelled', async () => {
  const worker = startWorker();
  let body;
  worker.onFetch = (fetch) =>
    worker.answerFetch(fetch, { body: (body = new Incoming(['one', 'two', 'three'])) });
  assert.deepEqual(
    await value(
      worker,
      `const r = await fetch('http://a.example/'); const g = r.body.getReader();
    const a = new TextDecoder().decode((await g.read()).value); await g.cancel(); return Response.json([a, r.bodyUsed]);`,
    ),
    ['one', true],
  );
  assert.equal(body.pulls, 1);
  assert.equal(body.cancelled, true);
  worker.onFetch = (fetch) =>
    worker.answerFetch(fetch, { body: new Incoming(['x'], { error: 'cut' }) });
  assert.equal(
    await value(
      worker,
      `const r = await fetch('http://a.example/'); try { await r.text(); } catch (e) { return Response.json(e.message); }`,
    ),
    'cut',
  );
});

test('a request body whose reader is gone cancels its stream', async () => {
  const worker = startWorker({ windowBytes: 4 });
  worker.autoDrain = false;
  worker.onFetch = (fetch) => {
    worker.callbacks.onWindow(FETCH_REQUEST_BODY, fetch.id, -1);
    worker.answerFetch(fetch);
  };
  assert.equal(
    await value(
      worker,
      `let cancelled = false; await fetch('http://a.example/', { method: 'POST', duplex: 'half',
    body: new ReadableStream({ pull(c) { c.enqueue(new Uint8Array(8)); }, cancel() { cancelled = true; } }) });
    return Response.json(cancelled);`,
    ),
    true,
  );
});

test('a fetch that outlives its request is forgotten', async () => {
  const worker = startWorker();
  worker.onFetch = () => {};
  const exchange = await worker.request(
    `() => { globalThis.p = fetch('http://a.example/'); return new Response('x'); }`,
  );
  assert.equal(exchange.done, 1);
  worker.callbacks.onFetchResponse(1, 200, '', 'http://a.example/', false, [], false);
  worker.callbacks.onFetchError(1, 'X', 'x');
});

test('a referrer is sent as its policy says', async () => {
  const worker = workerThatAnswers({});
  const sent = async (init) => {
    await value(worker, `await fetch('http://a.example/x', ${init}); return Response.json(1);`);
    const at = worker.seen.headers.indexOf('referer');
    return at < 0 ? undefined : worker.seen.headers[at + 1];
  };
  for (const [init, wanted] of [
    [`{}`, undefined],
    [`{ referrer: '' }`, undefined],
    [`{ referrer: 'http://a.example/page?q#h' }`, 'http://a.example/page?q'],
    [`{ referrer: 'http://me:pw@b.example/page' }`, 'http://b.example/'],
    [`{ referrer: 'https://b.example/page' }`, undefined],
    [`{ referrer: 'http://b.example/page', referrerPolicy: 'unsafe-url' }`, 'http://b.example/page'],
    [`{ referrer: 'http://b.example/page', referrerPolicy: 'no-referrer' }`, undefined],
    [`{ referrer: 'http://b.example/page', referrerPolicy: 'same-origin' }`, undefined],
    [`{ referrer: 'http://a.example/page', referrerPolicy: 'origin' }`, 'http://a.example/'],
    [`{ referrer: 'http://b.example/page', headers: { referer: 'mine' } }`, 'mine'],
  ]) {
    assert.equal(await sent(init), wanted, init);
  }
});
