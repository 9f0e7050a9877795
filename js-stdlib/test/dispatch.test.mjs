// The dispatcher: from a request to respond(), next() or fail(), and done().
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  FETCH_RESPONSE_BODY,
  Incoming,
  INLINE,
  NONE,
  PASS_THROUGH,
  REQUEST_BODY,
  RESPONSE_BODY,
  startWorker,
  STREAM,
} from './natives-node.mjs';

const tick = () => new Promise((resolve) => setImmediate(resolve));

test('a sync and an async handler answer', async () => {
  const worker = startWorker();
  for (const handler of [
    `() => new Response('hi')`,
    `async () => new Response('hi')`,
    `async () => { await 1; return new Response('hi'); }`,
    `() => ({ then(f) { f(new Response('hi')); } })`,
  ]) {
    for (const kind of ['middleware', 'handler']) {
      const exchange = await worker.request(handler, { kind });
      assert.deepEqual(exchange.respond, {
        status: 200,
        statusText: '',
        kind: INLINE,
        body: 'hi',
        headers: ['content-type', 'text/plain;charset=UTF-8'],
        extra: undefined,
      });
      assert.equal(exchange.done, 1);
    }
  }
});

test('a settled promise is answered inside dispatch', () => {
  const worker = startWorker();
  const exchange = worker.start(worker.load(`async () => new Response('x')`));
  assert.equal(exchange.respond.body, 'x');
  assert.equal(exchange.done, 1);
});

test('middleware that returns nothing goes on; a handler has to answer', async () => {
  const worker = startWorker();
  const next = await worker.request(`() => {}`);
  assert.deepEqual(next.next, {
    rewriteUrl: undefined,
    requestHeaders: undefined,
    responseHeaders: [],
  });
  const none = await worker.request(`() => null`, { kind: 'handler' });
  assert.equal(none.fail.code, 'BRINK_BAD_RESPONSE');
  assert.match(none.fail.message, /the handler returned null; expected a Response/);
});

test('what is no Response is an error', async () => {
  const worker = startWorker();
  const number = await worker.request(`async () => 42`);
  assert.equal(number.fail.code, 'BRINK_BAD_RESPONSE');
  assert.match(number.fail.message, /middleware returned a number; expected a Response or nothing/);
  const error = await worker.request(`() => Response.error()`);
  assert.equal(error.fail.code, 'BRINK_BAD_RESPONSE');
  const used = await worker.request(
    `async () => { const r = new Response('x'); await r.text(); return r; }`,
  );
  assert.match(used.fail.message, /read already/);
  const fake = await worker.request(`() => Object.create(Response.prototype)`);
  assert.equal(fake.fail.code, 'BRINK_BAD_RESPONSE');
});

test('errors become fail(), whatever is thrown', async () => {
  const worker = startWorker();
  const cases = {
    'Error: a': `() => { throw new Error('a'); }`,
    'TypeError: b': `async () => { throw new TypeError('b'); }`,
    'Error: c': `async () => { await 0; throw new Error('c'); }`,
    text: `() => { throw 'text'; }`,
    undefined: `() => { throw undefined; }`,
    'Symbol(s)': `() => { throw Symbol('s'); }`,
    'a thrown value that cannot be described': `() => { throw { get message() { throw 1; } }; }`,
    'a thrown value that is not an Error': `() => { throw Object.create(null); }`,
  };
  for (const [message, handler] of Object.entries(cases)) {
    const exchange = await worker.request(handler);
    assert.equal(exchange.fail.code, 'BRINK_SCRIPT_ERROR');
    assert.equal(exchange.fail.message, message);
    assert.equal(exchange.done, 1);
  }
  const stack = await worker.request(`() => { throw new Error('here'); }`);
  assert.match(stack.fail.stack, /Error: here\n\s+at /);
});

test('hostile stack, prototypes and species break only their own request', async () => {
  const worker = startWorker();
  const hostile = await worker.request(`() => {
    const e = new Error('x');
    Object.defineProperty(e, 'stack', { get() { throw new Error('no'); } });
    throw e;
  }`);
  assert.equal(hostile.fail.message, 'Error: x');
  assert.equal(hostile.fail.stack, '');
  await worker.request(`() => {
    Error.prepareStackTrace = () => { throw new Error('no'); };
    for (const C of [Array, Map, Set, Promise, String, Function, WeakMap]) {
      for (const key of Reflect.ownKeys(C.prototype)) {
        if (key !== 'constructor' && typeof C.prototype[key] === 'function' && typeof key === 'string' &&
            !['charCodeAt', 'toString', 'join'].includes(key)) {
          try { C.prototype[key] = null; } catch {}
        }
      }
    }
    Object.keys = Object.entries = Reflect.apply = JSON.stringify = null;
    globalThis.Promise = globalThis.Map = globalThis.TypeError = null;
  }`);
  const broken = await worker.request(`async () => { throw new Error('still told'); }`);
  assert.equal(broken.fail.message, 'Error: still told');
  assert.equal(broken.done, 1);
  const later = await worker.request(`async () => { await 1; throw new Error('later'); }`);
  assert.equal(later.fail.message, 'Error: later');
  assert.equal(later.done, 1);
  const fine = await worker.request(`async () => { await 1; return new Response('fine'); }`);
  assert.equal(fine.respond.body, 'fine');
  assert.equal(fine.done, 1);
});

test('waitUntil and after() hold the request, and their errors go to the log', async () => {
  const worker = startWorker();
  worker.context.server = worker.callbacks.builtinModule('next/server');
  const exchange = worker.start(
    worker.load(`(req, event) => {
    globalThis.order = [];
    event.waitUntil(new Promise((resolve) => { globalThis.release = resolve; }));
    event.waitUntil(Promise.reject(new Error('in background')));
    server.after(() => { order.push('after'); });
    order.push('handler');
    return new Response('x');
  }`),
  );
  assert.equal(exchange.respond.body, 'x');
  await tick();
  assert.equal(exchange.done, 0);
  assert.equal(worker.run('order.join()'), 'handler,after');
  worker.run('release()');
  await exchange.doneSignal;
  assert.equal(exchange.done, 1);
  assert.match(worker.logs[0].text, /waitUntil\(\) promise was rejected: Error: in background/);
  assert.equal(worker.logs[0].request, exchange.id);
});

test('waitUntil after the end is an error of the caller', async () => {
  const worker = startWorker();
  await worker.request(`(req, event) => { globalThis.kept = event; return new Response('x'); }`);
  assert.throws(() => worker.run('kept.waitUntil(1)'), /request had ended/);
});

test('a body too large for one message is streamed with its length', async () => {
  const worker = startWorker({ windowBytes: 64 * 1024 });
  for (const make of [`'é'.repeat(100000)`, `new TextEncoder().encode('é'.repeat(100000))`]) {
    const exchange = await worker.request(`() => new Response(${make})`);
    assert.equal(exchange.respond.kind, STREAM);
    assert.equal(exchange.respond.body, 200000);
    assert.equal(exchange.streamed, 'é'.repeat(100000));
    assert.deepEqual(exchange.streamEnd, { error: undefined });
    assert.ok(exchange.chunks.every((chunk) => chunk.length <= 32768));
    assert.equal(exchange.done, 1);
  }
});

test('a ReadableStream is pumped, and waits for the window', async () => {
  const worker = startWorker({ windowBytes: 10 });
  worker.autoDrain = false;
  const exchange = worker.start(
    worker.load(`() => {
    globalThis.pulls = 0;
    return new Response(new ReadableStream({
      pull(c) { if (pulls++ < 4) c.enqueue(new TextEncoder().encode('123456')); else c.close(); },
    }, { highWaterMark: 0 }));
  }`),
  );
  await tick();
  assert.equal(exchange.respond.kind, STREAM);
  assert.equal(exchange.respond.body, -1);
  assert.equal(exchange.chunks.length, 2);
  assert.equal(exchange.done, 0);
  exchange.window = 100;
  worker.callbacks.onWindow(RESPONSE_BODY, exchange.id, 100);
  await exchange.doneSignal;
  assert.equal(exchange.streamed, '123456'.repeat(4));
  assert.deepEqual(exchange.streamEnd, { error: undefined });
});

test('a stream whose reader is gone is cancelled', async () => {
  const worker = startWorker({ windowBytes: 4 });
  worker.autoDrain = false;
  const exchange = worker.start(
    worker.load(`() => new Response(new ReadableStream({
    pull(c) { c.enqueue(new Uint8Array(8)); },
    cancel(reason) { globalThis.cancelled = String(reason); },
  }))`),
  );
  await tick();
  worker.callbacks.onWindow(RESPONSE_BODY, exchange.id, -1);
  await exchange.doneSignal;
  assert.match(worker.run('cancelled'), /reader of this body is gone/);
  assert.equal(exchange.streamEnd, undefined);
});

test('a stream that breaks ends the body as broken', async () => {
  const worker = startWorker();
  const thrown = await worker.request(`() => new Response(new ReadableStream({
    pull(c) { throw new Error('broke'); } }))`);
  assert.deepEqual(thrown.streamEnd, { error: 'Error: broke' });
  const wrong = await worker.request(`() => new Response(new ReadableStream({
    start(c) { c.enqueue('text'); } }))`);
  assert.match(wrong.streamEnd.error, /non-Uint8Array chunk/);
});

test('an untouched fetch body passes through', async () => {
  const worker = startWorker();
  worker.onFetch = (fetch) =>
    worker.answerFetch(fetch, { body: 'upstream', headers: ['x-up', '1'], status: 203 });
  for (const make of [
    'upstream',
    'new Response(upstream.body, upstream)',
    'new NextResponse(upstream.body, { status: upstream.status, headers: upstream.headers })',
    '(upstream.body, upstream)',
  ]) {
    worker.context.NextResponse = worker.callbacks.builtinModule('next/server').NextResponse;
    const exchange = await worker.request(`async () => {
      const upstream = await fetch('http://up.example/'); return ${make}; }`);
    assert.equal(exchange.respond.kind, PASS_THROUGH, make);
    assert.equal(exchange.respond.body, FETCH_RESPONSE_BODY);
    assert.equal(exchange.respond.extra, worker.lastFetch);
    assert.equal(exchange.respond.status, 203);
    assert.deepEqual(exchange.respond.headers, ['x-up', '1']);
  }
  const read = await worker.request(`async () => {
    const upstream = await fetch('http://up.example/');
    const copy = upstream.clone();
    return new Response(upstream.body, { headers: { 'x-copy': await copy.text() } });
  }`);
  assert.equal(read.respond.kind, STREAM);
  assert.equal(read.streamed, 'upstream');
  assert.equal(read.header('x-copy'), 'upstream');
});

test("the client's body passes through to the answer and to a fetch", async () => {
  const worker = startWorker();
  const echo = await worker.request(`(req) => new Response(req.body)`, {
    method: 'POST',
    body: 'abc',
  });
  assert.deepEqual(
    [echo.respond.kind, echo.respond.body, echo.respond.extra],
    [PASS_THROUGH, REQUEST_BODY, echo.id],
  );
  assert.equal(echo.incoming.pulls, 0);
  for (const make of [
    `'http://up.example/', { method: 'POST', body: req.body }`,
    `new Request('http://up.example/', req)`,
    `'http://up.example/', req`,
  ]) {
    let seen;
    worker.onFetch = (fetch) => {
      seen = fetch;
      worker.answerFetch(fetch);
    };
    const exchange = await worker.request(
      `async (req) => { const r = await fetch(${make});
      return new Response(String(req.bodyUsed)); }`,
      { method: 'POST', body: 'abc' },
    );
    assert.deepEqual(
      [seen?.kind, seen?.body, seen?.extra],
      [PASS_THROUGH, REQUEST_BODY, exchange.id],
      make,
    );
    assert.equal(exchange.respond.body, 'true');
    assert.equal(exchange.incoming.pulls, 0);
  }
});

test('request bodies are read in every form', async () => {
  const worker = startWorker();
  const chunks = () => new Incoming(['{"a":', '[1,2', ']}']);
  const cases = {
    'JSON.stringify(await req.json())': '{"a":[1,2]}',
    'await req.text()': '{"a":[1,2]}',
    'new Uint8Array(await req.arrayBuffer()).length': '11',
    '(await req.bytes()).constructor.name': 'Uint8Array',
    'await (await req.blob()).text()': '{"a":[1,2]}',
    'await new Response(req.body.pipeThrough(new TransformStream())).text()': '{"a":[1,2]}',
    '(await Array.fromAsync?.(req.body) ?? [1, 2, 3]).length': '3',
    '(req.body, await req.text())': '{"a":[1,2]}',
    'await req.clone().text() + await req.text()': '{"a":[1,2]}{"a":[1,2]}',
  };
  for (const [expression, expected] of Object.entries(cases)) {
    const exchange = await worker.request(`async (req) => new Response(String(${expression}))`, {
      method: 'POST',
      body: chunks(),
    });
    assert.equal(exchange.respond?.body, expected, expression + exchange.fail?.message);
  }
});

test('a body is read once', async () => {
  const worker = startWorker();
  const exchange = await worker.request(
    `async (req) => {
    const seen = [req.bodyUsed];
    await req.text();
    seen.push(req.bodyUsed, req.body.locked);
    try { await req.text(); } catch (e) { seen.push(e.name); }
    try { req.clone(); } catch (e) { seen.push(e.name); }
    return Response.json(seen);
  }`,
    { method: 'POST', body: 'abc' },
  );
  assert.equal(exchange.respond.body, '[false,true,true,"TypeError","TypeError"]');
});

test('a broken request body rejects', async () => {
  const worker = startWorker();
  for (const read of ['req.text()', 'req.body.getReader().read()']) {
    const exchange = await worker.request(
      `async (req) => {
      try { await ${read}; } catch (e) { return new Response(e.name + ': ' + e.message); } }`,
      { method: 'POST', body: new Incoming([], { error: 'gone' }) },
    );
    assert.equal(exchange.respond.body, 'TypeError: gone');
  }
});

test('the client closing aborts request.signal', async () => {
  const worker = startWorker();
  const exchange = worker.start(
    worker.load(`async (req) => {
    await new Promise((resolve) => req.signal.addEventListener('abort', resolve));
    return new Response(req.signal.reason.name);
  }`),
  );
  assert.equal(exchange.respond, undefined);
  worker.callbacks.onAbort(exchange.id);
  await exchange.doneSignal;
  assert.equal(exchange.respond.body, 'AbortError');
  const late = worker.start(
    worker.load(`async (req) => {
    await new Promise((resolve) => { globalThis.go = resolve; });
    return new Response(String(req.signal.aborted));
  }`),
  );
  worker.callbacks.onAbort(late.id);
  worker.run('go()');
  await late.doneSignal;
  assert.equal(late.respond.body, 'true');
});

test('what only a client that left waited for ends, and what waitUntil() holds goes on', async () => {
  const worker = startWorker();
  const left = worker.start(worker.load('async () => { await new Promise(() => {}); }'));
  worker.callbacks.onAbort(left.id);
  worker.callbacks.onAbort(left.id);
  await left.doneSignal;
  const held = worker.start(
    worker.load(`async (req, event) => {
    event.waitUntil(new Promise((resolve) => { globalThis.release = resolve; }));
    await new Promise((resolve) => { globalThis.go = resolve; });
    globalThis.went = 'on';
  }`),
  );
  worker.callbacks.onAbort(held.id);
  worker.callbacks.onAbort(held.id);
  worker.run('go()');
  await new Promise((resolve) => setTimeout(resolve, 1));
  assert.equal(worker.run('went'), 'on');
  worker.run('release()');
  await held.doneSignal;
});

test('HEAD and null-body statuses send no body', async () => {
  const worker = startWorker();
  const head = await worker.request(`() => new Response('x')`, { method: 'HEAD' });
  assert.equal(head.respond.kind, NONE);
  const empty = await worker.request(`() => new Response(null, { status: 204 })`);
  assert.equal(empty.respond.kind, NONE);
  const stream = await worker.request(
    `() => new Response(new ReadableStream({
    cancel() { globalThis.cancelled = true; } }))`,
    { method: 'HEAD' },
  );
  assert.equal(stream.respond.kind, NONE);
  assert.equal(worker.run('cancelled'), true);
});

test('what C++ refuses is a failure, once', async () => {
  const worker = startWorker({
    override: {
      respond() {
        throw new TypeError('bad header bytes');
      },
    },
  });
  const exchange = await worker.request(`() => new Response('x')`);
  assert.equal(exchange.fail.code, 'BRINK_SCRIPT_ERROR');
  assert.equal(exchange.fail.message, 'TypeError: bad header bytes');
  assert.equal(exchange.done, 1);
});

test('a killed request runs no more code and is not done twice', async () => {
  const worker = startWorker();
  const exchange = worker.start(
    worker.load(`async (req) => {
    setTimeout(() => { globalThis.ran = true; }, 0);
    await new Promise((resolve) => { globalThis.go = resolve; });
    return new Response('late');
  }`),
  );
  worker.kill(exchange.id);
  worker.run('go()');
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(exchange.done, 1);
  assert.equal(exchange.respond, undefined);
  assert.equal(worker.run('globalThis.ran'), undefined);
});

test('timers run in their request and end with it', async () => {
  const worker = startWorker();
  const exchange = await worker.request(`async () => {
    let ticks = 0;
    await new Promise((resolve) => {
      const id = setInterval((a, b) => { if (++ticks === 3) { clearInterval(id); resolve(a + b); } }, 1, 1, 2);
    });
    setTimeout(() => { globalThis.ran = true; }, 0);
    const cleared = setTimeout(() => { globalThis.ran = true; }, 0);
    clearTimeout(cleared);
    clearTimeout(undefined);
    return new Response(String(ticks));
  }`);
  assert.equal(exchange.respond.body, '3');
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(worker.run('globalThis.ran'), undefined);
});

test('code that goes on after its request has ended starts no timers', async () => {
  const worker = startWorker();
  await worker.request(`() => {
    new Promise((resolve) => { globalThis.go = resolve; }).then(() => {
      globalThis.id = setTimeout(() => { globalThis.ran = true; }, 0);
    });
    return new Response('x');
  }`);
  worker.run('go()');
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(worker.run('typeof id'), 'number');
  assert.equal(worker.run('globalThis.ran'), undefined);
});

test('errors in timers, microtasks and unhandled rejections go to the log', async () => {
  const worker = startWorker();
  const exchange = await worker.request(`async () => {
    queueMicrotask(() => { throw new Error('micro'); });
    await new Promise((resolve) => setTimeout(() => { resolve(); throw new Error('timer'); }, 0));
    return new Response('ok');
  }`);
  assert.equal(exchange.respond.body, 'ok');
  worker.callbacks.onUnhandledRejection(
    exchange.id,
    worker.run(`new Error('lost', { cause: 'c' })`),
  );
  worker.callbacks.onUnhandledRejection(0, worker.run(`({ get stack() { throw 1; } })`));
  const texts = worker.logs.map((log) => log.text.split('\n')[0]);
  assert.deepEqual(texts, [
    'Uncaught Error: micro',
    'Uncaught Error: timer',
    'Unhandled rejection: Error: lost',
    'Unhandled rejection: a thrown value that is not an Error',
  ]);
  assert.match(worker.logs[2].text, /\[cause\]: c/);
});

test('an uncaught error of a limit fails the request with the limit\'s code', async () => {
  const worker = startWorker();
  const codeOf = async (throwing) => {
    const exchange = await worker.request(`() => { ${throwing} }`, { kind: 'handler' });
    return exchange.fail.code;
  };
  const coded = (code) => `const cause = new Error('x'); cause.code = '${code}';
    throw new TypeError('fetch failed', { cause });`;
  assert.equal(await codeOf(coded('BRINK_SUBREQUEST_LIMIT')), 'BRINK_SUBREQUEST_LIMIT');
  assert.equal(await codeOf(coded('BRINK_STREAM_LIMIT')), 'BRINK_STREAM_LIMIT');
  assert.equal(await codeOf(`throw new TypeError('BRINK_BODY_TOO_LARGE: x');`), 'BRINK_BODY_TOO_LARGE');
  assert.equal(await codeOf(coded('BRINK_FETCH_FORBIDDEN')), 'BRINK_SCRIPT_ERROR');
  assert.equal(await codeOf(`throw { get code() { throw 1; } };`), 'BRINK_SCRIPT_ERROR');
  assert.equal(await codeOf(`const e = new Error('x'); e.cause = e; throw e;`), 'BRINK_SCRIPT_ERROR');
});
