// What one request may use besides CPU time, memory and wall time: each limit, at it and one past it.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { startBrink } from './lib/brink.mjs';
import { errorCode } from './lib/http.mjs';
import { holdingOrigin, httpOrigin } from './lib/origin.mjs';
import { sleep, until } from './lib/wait.mjs';

const limits = { timeout: 120_000 };

// Answered by a script that asks the origin, as soon as it comes there.
const settles = (origin) => ({
  'pages/api/settle.js': `export default () => fetch('${origin.url}/settle');`,
});
const atOnce = (path) => path === '/settle';

/** What was on its way to the origin is there: others that set out after it came back. */
async function settle(brink) {
  for (let i = 0; i < 5; i++) assert.equal((await brink.get('/api/settle')).text, 'at once');
}

test('fetches beyond the concurrent ones wait in order', limits, async (t) => {
  const { origin, arrived, held, paths, arrivals } = await holdingOrigin(t, { atOnce });
  const brink = await startBrink(t, {
    origin,
    config: { limits: { concurrent_subrequests: 2, cpu_ms: 1_000 } },
    files: {
      ...settles(origin),
      'pages/api/many.js': `export default async (request) => {
        const count = Number(request.nextUrl.searchParams.get('count'));
        const answers = await Promise.all(Array.from({ length: count }, (_, i) =>
          fetch('${origin.url}/' + i).catch((error) => error)));
        return Response.json(await Promise.all(answers.map((answer) => answer.text?.() ?? answer.name)));
      };`,
      'gate.js': 'export const gate = Promise.withResolvers();',
      'pages/api/open-gate.js': `import { gate } from '../../gate.js';
        export default () => { gate.resolve(); return new Response('open'); };`,
      'pages/api/abort.js': `import { gate } from '../../gate.js';
      export default async () => {
        const aborts = Array.from({ length: 4 }, () => new AbortController());
        const results = aborts.map((abort, i) => fetch('${origin.url}/' + i, { signal: abort.signal })
          .then((answer) => answer.text(), (error) => error.name));
        await gate.promise;
        aborts[2].abort(); // waits
        aborts[0].abort(); // was sent
        return Response.json(await Promise.all(results));
      };`,
      'pages/api/upload.js': `export default async () => {
        const first = [fetch('${origin.url}/0'), fetch('${origin.url}/1')];
        const bytes = new TextEncoder().encode('x'.repeat(50_000));
        let left = 8;
        const body = new ReadableStream({ pull(c) { if (left-- > 0) c.enqueue(bytes); else c.close(); } });
        const third = fetch('${origin.url}/2', { method: 'POST', duplex: 'half', body });
        return Response.json(await Promise.all([...first, third].map(async (each) => (await each).text())));
      };`,
    },
  });
  const begin = () => { arrived.length = 0; };
  const answer = (path, text) => held.get(path).end(text);

  await t.test('one starts when another has its head', async () => {
    begin();
    const response = brink.get('/api/many?count=5');
    await arrivals(2);
    await settle(brink);
    assert.deepEqual(paths().sort(), ['/0', '/1']);
    const bodies = ['/0', '/1'].map((path) => held.get(path));
    bodies[1].write('b'); // a head, and a body that stays open
    await arrivals(3);
    await settle(brink);
    assert.deepEqual(paths().slice(2), ['/2']);
    bodies[0].write('a');
    await arrivals(4);
    assert.deepEqual(paths().slice(2), ['/2', '/3']);
    for (const body of bodies) body.end();
    answer('/3', 'd');
    await arrivals(5);
    answer('/4', 'e');
    answer('/2', 'c');
    assert.deepEqual((await response).json(), ['a', 'b', 'c', 'd', 'e']);
  });

  await t.test('one that is aborted leaves the queue, or its place', async () => {
    begin();
    const response = brink.get('/api/abort');
    await arrivals(2);
    await brink.get('/api/open-gate');
    await arrivals(3);
    assert.deepEqual(paths().sort(), ['/0', '/1', '/3']);
    answer('/1', 'b');
    answer('/3', 'd');
    assert.deepEqual((await response).json(), ['AbortError', 'b', 'AbortError', 'd']);
    assert.equal(arrived.length, 3);
  });

  await t.test('what is streamed meanwhile is kept', async () => {
    begin();
    const response = brink.get('/api/upload');
    await arrivals(2);
    await settle(brink);
    answer('/0', 'a');
    answer('/1', 'b');
    await arrivals(3);
    assert.equal(arrived[2].body, 'x'.repeat(400_000));
    answer('/2', 'c');
    assert.deepEqual((await response).json(), ['a', 'b', 'c']);
  });

  await t.test('one that fails makes room', async () => {
    begin();
    const response = brink.get('/api/many?count=3');
    await arrivals(2);
    await until(() => {
      held.get('/0')?.destroy(); // once more, when it is tried again on a new connection
      return paths().includes('/2');
    }, 'the third request');
    for (const path of ['/1', '/2']) answer(path, 'x');
    assert.deepEqual((await response).json(), ['TypeError', 'x', 'x']);
  });
});

test('fetches that wait when their request is ended are never sent', limits, async (t) => {
  const { origin, held, paths, arrivals } = await holdingOrigin(t, { atOnce });
  const brink = await startBrink(t, {
    origin,
    config: { limits: { concurrent_subrequests: 2, wall_ms: 500 } },
    files: {
      ...settles(origin),
      'pages/api/waits.js': `export default () =>
        Promise.all([0, 1, 2, 3].map((i) => fetch('${origin.url}/' + i)));`,
    },
  });
  const response = brink.get('/api/waits');
  await arrivals(2);
  assert.equal(errorCode(await response), 'BRINK_WALL_LIMIT');
  for (const answer of held.values()) answer.end();
  await settle(brink);
  assert.deepEqual(paths().sort(), ['/0', '/1']);
});

test('six at once by default, and no script waits for itself', limits, async (t) => {
  let open = 0;
  let most = 0;
  const origin = await httpOrigin(t, async (request, response) => {
    most = Math.max(most, ++open);
    await sleep(20);
    open -= 1;
    response.end('x'.repeat(100_000));
  });
  const brink = await startBrink(t, {
    origin,
    config: { limits: { cpu_ms: 2_000 } },
    files: {
      'pages/api/all.js': `export default async () => {
        const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => fetch('${origin.url}/' + i)));
        let size = 0;
        for (const answer of answers) size += (await answer.text()).length;
        return new Response(String(size));
      };`,
    },
  });
  assert.equal((await brink.get('/api/all')).text, '5000000');
  assert.equal(most, 6);
});

test('subrequests, redirects included', limits, async (t) => {
  const origin = await httpOrigin(t, (request, response) => {
    const left = Number(request.url.slice(1));
    if (left > 0) response.writeHead(302, { location: `/${left - 1}` }).end();
    else response.end('landed');
  });
  const brink = await startBrink(t, {
    origin,
    config: { limits: { subrequests: 3 } },
    files: {
      'pages/api/fetches.js': `export default async (request) => {
        const hops = request.nextUrl.searchParams.getAll('hops');
        const seen = [];
        for (const each of hops) {
          seen.push(await fetch('${origin.url}/' + each).then((answer) => answer.text(), (e) => e.cause.code));
        }
        return Response.json(seen);
      };`,
    },
  });
  const fetches = async (...hops) =>
    (await brink.get(`/api/fetches?${hops.map((each) => `hops=${each}`).join('&')}`)).json();
  assert.deepEqual(await fetches(0, 0, 0), ['landed', 'landed', 'landed']);
  assert.deepEqual(await fetches(0, 0, 0, 0), ['landed', 'landed', 'landed', 'BRINK_SUBREQUEST_LIMIT']);
  assert.deepEqual(await fetches(2), ['landed']);
  assert.deepEqual(await fetches(3), ['BRINK_SUBREQUEST_LIMIT']);
  assert.deepEqual(await fetches(1, 1), ['landed', 'BRINK_SUBREQUEST_LIMIT']);
});

test('open fetches', limits, async (t) => {
  const origin = await httpOrigin(t, (request, response) => {
    if (request.url === '/broken') return void response.destroy();
    response.write('x');
    if (request.url === '/whole') response.end();
  });
  const brink = await startBrink(t, {
    origin,
    config: { limits: { streams: 2 } },
    files: {
      'pages/api/open.js': `export default async (request) => {
        const seen = [];
        const opened = [];
        const open = async (path) => {
          try { opened.push(await fetch('${origin.url}/' + path)); seen.push('open'); }
          catch (error) { seen.push(error.cause.code); }
        };
        for (const step of request.nextUrl.searchParams.get('steps').split(',')) {
          if (step === 'cancel') await opened.pop().body.cancel();
          else if (step === 'read') await opened.pop().text();
          else await open(step);
        }
        return Response.json(seen);
      };`,
    },
  });
  const steps = async (text) => (await brink.get(`/api/open?steps=${text}`)).json();
  assert.deepEqual(await steps('endless,endless'), ['open', 'open']);
  assert.deepEqual(await steps('endless,endless,endless'), ['open', 'open', 'BRINK_STREAM_LIMIT']);
  assert.deepEqual(await steps('endless,endless,cancel,endless'), ['open', 'open', 'open']);
  assert.deepEqual(await steps('endless,whole,read,endless'), ['open', 'open', 'open']);
  assert.deepEqual(await steps('broken,broken,endless,endless'),
    ['BRINK_ORIGIN_CLOSED', 'BRINK_ORIGIN_CLOSED', 'open', 'open']);
});

test('bytes of a request body that a script reads', limits, async (t) => {
  const origin = await httpOrigin(t);
  const brink = await startBrink(t, {
    origin,
    config: { limits: { request_body_bytes: 100_000, cpu_ms: 1_000 } },
    files: {
      'middleware.js': `export const middleware = async (request) => { await request.arrayBuffer(); };
        export const config = { matcher: '/page' };`,
      'pages/api/read.js': `export default async (request) =>
        new Response(String((await request.text()).length));`,
    },
  });
  for (const headers of [{}, { 'transfer-encoding': 'chunked' }]) {
    const post = (path, size) => brink.post(path, 'x'.repeat(size), { headers });
    assert.equal((await post('/api/read', 100_000)).text, '100000');
    assert.equal((await post('/page', 100_000)).json().body.length, 100_000);
    const seen = origin.requests.length;
    for (const path of ['/api/read', '/page']) {
      const response = await post(path, 100_001);
      assert.equal(response.status, 413);
      assert.equal(errorCode(response), 'BRINK_BODY_TOO_LARGE');
    }
    assert.equal(origin.requests.length, seen, 'the origin sees nothing of a body that is too large');
  }
});

test('bytes of a response\'s headers', limits, async (t) => {
  const origin = await httpOrigin(t, (request, response) => response.end('origin'));
  const brink = await startBrink(t, {
    origin,
    config: { limits: { response_head_bytes: 2048 } },
    files: {
      'middleware.js': `import { NextResponse } from 'next/server';
        export const middleware = (request) => NextResponse.next({
          headers: { 'x-a': 'v'.repeat(Number(request.nextUrl.searchParams.get('size'))) } });
        export const config = { matcher: '/page' };`,
      'pages/api/head.js': `export default (request) => new Response('body', { headers: {
        'content-type': 'text/plain', 'x-a': 'v'.repeat(Number(request.nextUrl.searchParams.get('size'))) } });`,
    },
  });
  const typed = 'content-type'.length + 'text/plain'.length + 4;
  for (const [path, size] of [['/api/head', 2048 - typed - 7], ['/page', 2048 - 7]]) {
    const fits = await brink.get(`${path}?size=${size}`);
    assert.equal(fits.status, 200, fits.text);
    assert.equal(fits.headers['x-a'].length, size);
    const refused = await brink.get(`${path}?size=${size + 1}`);
    assert.equal(refused.status, 500);
    assert.equal(errorCode(refused), 'BRINK_RESPONSE_HEAD_TOO_LARGE');
    assert.equal(refused.headers['x-a'], undefined);
  }
});

test('timers', limits, async (t) => {
  const brink = await startBrink(t, {
    config: { limits: { timers: 5 } },
    files: {
      'pages/api/timers.js': `export default (request) => {
        const count = Number(request.nextUrl.searchParams.get('count'));
        for (let i = 0; i < count; i++) setTimeout(() => {}, 60_000);
        return new Response('started');
      };`,
    },
  });
  assert.equal((await brink.get('/api/timers?count=5')).text, 'started');
  assert.equal(errorCode(await brink.get('/api/timers?count=6')), 'BRINK_TIMER_LIMIT');
  await brink.logged(/QuotaExceededError: BRINK_TIMER_LIMIT/);
});

test('console output', limits, async (t) => {
  const flood = `for (let i = 0; i < 20_000; i++) console.log('flood ' + 'x'.repeat(1000));`;
  const files = {
    'pages/api/flood.js': `export default () => { ${flood} return new Response('flooded'); };`,
    'pages/api/fine.js': `export default () => new Response('fine');`,
  };
  const flooded = (brink) => (brink.stderr.match(/flood x/g) ?? []).length;

  await t.test('of a request', async (t) => {
    const brink = await startBrink(t, { files, config: { limits: { cpu_ms: 10_000, log_bytes: 10_060 } } });
    assert.equal((await brink.get('/api/flood')).text, 'flooded');
    await brink.logged(/BRINK_LOG_LIMIT: lines dropped after the first 10060 bytes: 19990/);
    assert.equal(flooded(brink), 10);
  });

  await t.test('of an app, within a second', async (t) => {
    const brink = await startBrink(t, {
      files, config: { limits: { cpu_ms: 10_000, log_bytes: 60 << 20, log_bytes_per_second: 100_000 } },
    });
    const others = Array.from({ length: 20 }, () => brink.get('/api/fine'));
    const started = performance.now();
    assert.equal((await brink.get('/api/flood')).text, 'flooded');
    const seconds = Math.ceil((performance.now() - started) / 1000) + 1;
    for (const other of await Promise.all(others)) assert.equal(other.text, 'fine');
    const lines = flooded(brink);
    assert.ok(lines >= 99 && lines <= 100 * seconds, `${lines} lines`);
    await brink.stop();
    assert.match(brink.stderr, /console output was dropped.*error=BRINK_LOG_LIMIT/);
  });
});

test('what waitUntil() keeps alive has the wall time limit, too', limits, async (t) => {
  const origin = await httpOrigin(t, (request, response) => response.end('seen'));
  const brink = await startBrink(t, {
    origin,
    config: { limits: { wall_ms: 300 } },
    files: {
      'pages/api/passes.js': `export default async () => {
        await new Promise((resolve) => setTimeout(resolve, 150));
        return new Response('passed');
      };`,
      'pages/api/after.js': `export default (request, event) => {
        event.waitUntil((async () => {
          await new Promise((resolve) => setTimeout(resolve, 50));
          await fetch('${origin.url}/after');
          for (let i = 0; ; i++) {
            await new Promise((resolve) => setTimeout(resolve, 50));
            console.log('still here', i);
          }
        })());
        return new Response('answered');
      };`,
    },
  });
  assert.equal((await brink.get('/api/after')).text, 'answered');
  await until(() => origin.requests.length === 1, 'the fetch after the answer');
  await brink.logged(/waitUntil\(\) promises passed the wall time limit/);
  const passes = () => brink.get('/api/passes'); // as much time as a few rounds take, in the worker itself
  await passes();
  const lines = () => brink.stderr.match(/still here/g)?.length;
  const then = lines();
  await passes();
  assert.equal(lines(), then, 'it runs no more');
});
