// fetch() in a worker: carried by the front, under limits, with every way it can go wrong.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { startBrink } from './lib/brink.mjs';
import { errorCode } from './lib/http.mjs';
import { echo, httpOrigin, rawOrigin, unusedPort } from './lib/origin.mjs';
import { RawConnection } from './lib/raw.mjs';
import { until } from './lib/wait.mjs';

const limits = { timeout: 60_000 };

test('fetch', limits, async (t) => {
  const origin = await httpOrigin(t, (request, response) => {
    if (request.url === '/redirect') return void response.writeHead(302, { location: '/landed' }).end();
    if (request.url === '/loop') return void response.writeHead(302, { location: '/loop' }).end();
    if (request.url === '/slow') return void request.on('error', () => {});
    if (request.url === '/endless') return void response.write('begun');
    if (request.url === '/teapot') return void response.writeHead(418, 'Teapot', { 'x-kind': 'tea' }).end('tea');
    if (request.url === '/large') return void response.end(Buffer.alloc(3 << 20, 'l'));
    return echo(request, response);
  });
  const broken = await rawOrigin(t, async (connection) => {
    await connection.readMessage();
    connection.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort');
    connection.end();
  });
  const dead = `http://127.0.0.1:${await unusedPort()}/`;
  const brink = await startBrink(t, {
    config: { limits: { cpu_ms: 1_000, subrequests: 30 } },
    reach: [origin, broken, dead],
    files: {
      'pages/api/pass.js': `export default (request) => fetch(request.nextUrl.searchParams.get('to'),
        { redirect: request.nextUrl.searchParams.get('redirect') ?? 'follow' });`,
      'pages/api/signal.js': `export default (request) =>
        fetch(request.nextUrl.searchParams.get('to'), { signal: request.signal });`,
      'pages/api/hold.js': `export default async (request) => {
        await fetch(request.nextUrl.searchParams.get('to'));
        return new Response('too late'); };`,
      'pages/api/post.js': `export default async (request) => {
        const to = request.nextUrl.searchParams.get('to');
        const kind = request.nextUrl.searchParams.get('kind');
        const bodies = {
          text: 'text body', json: JSON.stringify({ a: 1 }), bytes: new Uint8Array([1, 2, 3]),
          params: new URLSearchParams({ a: '1 2' }), large: 'x'.repeat(200_000),
          stream: new ReadableStream({ start(c) {
            c.enqueue(new TextEncoder().encode('streamed ')); c.enqueue(new TextEncoder().encode('body')); c.close();
          } }),
          incoming: request.body,
        };
        const answer = await fetch(to, { method: 'POST', body: bodies[kind], duplex: 'half',
          headers: { 'x-kind': kind } });
        return Response.json(await answer.json());
      };`,
      'pages/api/look.js': `export default async (request) => {
        const to = request.nextUrl.searchParams.get('to');
        const redirect = request.nextUrl.searchParams.get('redirect') ?? 'follow';
        try {
          const answer = await fetch(to, { redirect });
          return Response.json({ status: answer.status, ok: answer.ok, statusText: answer.statusText,
            redirected: answer.redirected, url: answer.url, kind: answer.headers.get('x-kind'),
            type: answer.type, length: (await answer.text()).length });
        } catch (error) {
          return Response.json({ name: error.name, message: error.message,
            code: error.cause?.code ?? null });
        }
      };`,
      'pages/api/abort.js': `export default async (request) => {
        const to = request.nextUrl.searchParams.get('to');
        const controller = new AbortController();
        setTimeout(() => controller.abort(), 50);
        try {
          await fetch(to, { signal: controller.signal });
          return new Response('not aborted');
        } catch (error) { return new Response(error.name); }
      };`,
      'pages/api/timeout.js': `export default async (request) => {
        try {
          await fetch(request.nextUrl.searchParams.get('to'), { signal: AbortSignal.timeout(50) });
        } catch (error) { return new Response(error.name); }
      };`,
      'pages/api/many.js': `export default async (request) => {
        const to = request.nextUrl.searchParams.get('to');
        const n = Number(request.nextUrl.searchParams.get('n'));
        const results = await Promise.allSettled(Array.from({ length: n }, () => fetch(to)));
        return Response.json(results.map((r) => r.status === 'fulfilled' ? r.value.status
          : r.reason.cause?.code ?? String(r.reason)));
      };`,
      'pages/api/early.js': `export default async (request) => {
        await fetch(request.nextUrl.searchParams.get('to'));
        return new Response('never');
      };`,
    },
  });
  const to = (path) => `to=${encodeURIComponent(path.startsWith('http') ? path : origin.url + path)}`;

  await t.test('return fetch(...) passes status, headers and body on', async () => {
    const response = await brink.get(`/api/pass?${to('/teapot')}`);
    assert.equal(response.status, 418);
    assert.equal(response.headers['x-kind'], 'tea');
    assert.equal(response.text, 'tea');
    assert.equal((await brink.get(`/api/pass?${to('/large')}`)).body.length, 3 << 20);
  });

  for (const [kind, expected] of Object.entries({
    text: 'text body', json: '{"a":1}', bytes: '\x01\x02\x03', params: 'a=1+2',
    large: 'x'.repeat(200_000), stream: 'streamed body', incoming: 'from the client',
  })) {
    await t.test(`POST of ${kind}`, async () => {
      const seen = (await brink.post(`/api/post?${to('/')}&kind=${kind}`, 'from the client')).json();
      assert.equal(seen.method, 'POST');
      assert.equal(seen.body, expected);
      assert.equal(seen.headers['x-kind'], kind);
      assert.equal(seen.headers.host, new URL(origin.url).host);
    });
  }

  await t.test('what it tells about an answer', async () => {
    const seen = (await brink.get(`/api/look?${to('/teapot')}`)).json();
    assert.deepEqual(seen, {
      status: 418, ok: false, statusText: 'Teapot', redirected: false, url: `${origin.url}/teapot`,
      kind: 'tea', type: seen.type, length: 3,
    });
  });

  await t.test('redirects: follow, manual, error, and too many', async () => {
    const followed = (await brink.get(`/api/look?${to('/redirect')}`)).json();
    assert.deepEqual([followed.status, followed.redirected, followed.url],
      [200, true, `${origin.url}/landed`]);
    const manual = (await brink.get(`/api/look?redirect=manual&${to('/redirect')}`)).json();
    assert.equal(manual.status, 302);
    const refused = (await brink.get(`/api/look?redirect=error&${to('/redirect')}`)).json();
    assert.deepEqual([refused.name, refused.code], ['TypeError', 'BRINK_FETCH_REDIRECT']);
    const loop = (await brink.get(`/api/look?${to('/loop')}`)).json();
    assert.deepEqual([loop.name, loop.code], ['TypeError', 'BRINK_FETCH_REDIRECT']);
  });

  await t.test('errors have a name and a code', async () => {
    const cases = {
      [dead]: ['TypeError', 'BRINK_ORIGIN_UNREACHABLE'],
      'https://127.0.0.1:1/': ['TypeError', 'BRINK_FETCH_TLS_UNSUPPORTED'],
    };
    for (const [url, [name, code]] of Object.entries(cases)) {
      const seen = (await brink.get(`/api/look?to=${encodeURIComponent(url)}`)).json();
      assert.deepEqual([seen.name, seen.code], [name, code], url);
    }
    for (const url of ['file:///etc/passwd', 'ftp://x/']) {
      const seen = (await brink.get(`/api/look?to=${encodeURIComponent(url)}`)).json();
      assert.deepEqual([seen.name, seen.code], ['TypeError', 'BRINK_FETCH_BAD_URL'], url);
    }
    for (const url of ['/relative', 'not a url']) { // Next.js has its own error for these
      const seen = (await brink.get(`/api/look?to=${encodeURIComponent(url)}`)).json();
      assert.match(seen.message, /^URL is malformed .* Please use only absolute URLs/, url);
    }
  });

  await t.test('a body that breaks off rejects', async () => {
    const seen = (await brink.get(`/api/look?${to(broken.url)}`)).json();
    assert.equal(seen.name, 'TypeError', JSON.stringify(seen));
  });

  await t.test('an error that nobody catches is the script\'s', async () => {
    const response = await brink.get(`/api/early?to=${encodeURIComponent(dead)}`);
    assert.equal(response.status, 500);
    assert.equal(errorCode(response), 'BRINK_SCRIPT_ERROR');
  });

  await t.test('abort and timeout', async () => {
    assert.equal((await brink.get(`/api/abort?${to('/slow')}`)).text, 'AbortError');
    assert.equal((await brink.get(`/api/timeout?${to('/slow')}`)).text, 'TimeoutError');
  });

  await t.test('subrequests have a limit', async () => {
    const results = (await brink.get(`/api/many?n=32&${to('/')}`)).json();
    assert.equal(results.filter((status) => status === 200).length, 30);
    assert.equal(results.filter((status) => status === 'BRINK_SUBREQUEST_LIMIT').length, 2);
  });

  for (const [name, path] of [
    ['that was given request.signal', `/api/signal?${to('/slow')}`],
    ['that nobody else waits for', `/api/hold?${to('/slow')}`],
    ['whose body passes through', `/api/pass?${to('/endless')}`],
  ]) {
    await t.test(`a client that leaves ends a fetch ${name}`, async () => {
      const before = origin.requests.length;
      const client = await RawConnection.connect(brink.url);
      client.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
      await until(() => origin.requests.length > before, 'the fetch to arrive');
      if (path.includes('endless')) await client.readUntil('\r\n\r\n');
      const open = origin.sockets.size;
      client.destroy();
      await until(() => origin.sockets.size < open, 'the fetch\'s connection to be closed');
    });
  }
});
