// A script that fetches the site it runs for: served by the same front, without a connection.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { startBrink } from './lib/brink.mjs';
import { errorCode, readAll } from './lib/http.mjs';
import { httpOrigin } from './lib/origin.mjs';
import { RawConnection } from './lib/raw.mjs';

const limits = { timeout: 60_000 };
const large = 3 << 20;

const files = {
  'middleware.js': `import { NextResponse } from 'next/server';
    export const config = { matcher: ['/guarded/:path*', '/api/inner/:path*'] };
    export default (request) => {
      if (request.nextUrl.pathname.startsWith('/guarded')) return new Response('no', { status: 401 });
      return NextResponse.next({ headers: { 'x-mw': 'yes' } });
    };`,
  'pages/api/pass.js': `export default (request) => {
    const url = new URL(request.url);
    return fetch(new URL(url.searchParams.get('to'), request.url),
      { method: url.searchParams.get('method') ?? 'GET', redirect: url.searchParams.get('redirect') ?? 'follow' });
  };`,
  'pages/api/text.js': `export default async (request) => {
    const answer = await fetch(new URL(new URL(request.url).searchParams.get('to'), request.nextUrl));
    return new Response(answer.status + ' ' + answer.headers.get('content-length') + ' ' + await answer.text());
  };`,
  'pages/api/post.js': `export default (request) => fetch(new URL('/api/inner/echo', request.url),
    { method: 'POST', body: request.body, duplex: 'half' });`,
  'pages/api/inner/echo.js': `export default async (request) => Response.json({
    method: request.method, url: request.url, ip: request.headers.get('x-forwarded-for'),
    bytes: (await request.arrayBuffer()).byteLength });`,
  'pages/api/inner/early.js': `export default () => new Response('early', { status: 413 });`,
  'pages/api/uploads.js': `export default async (request) => {
    let cancelled = false;
    const body = new ReadableStream({
      async pull(controller) {
        await new Promise((resolve) => setTimeout(resolve, 1));
        controller.enqueue(new Uint8Array(65536)); },
      cancel() { cancelled = true; } });
    const answer = await fetch(new URL('/api/inner/early', request.url), { method: 'POST', body, duplex: 'half' });
    const text = await answer.text();
    for (let i = 0; i < 500 && !cancelled; i++) await new Promise((resolve) => setTimeout(resolve, 10));
    return Response.json({ status: answer.status, text, cancelled }); };`,
  'pages/api/large.js': `export default () => new Response(new ReadableStream({
    async pull(controller) {
      this.left ??= ${large};
      if (this.left === 0) return controller.close();
      const size = Math.min(this.left, 70_000);
      this.left -= size;
      controller.enqueue(new Uint8Array(size)); } }));`,
  'pages/api/breaks.js': `export default () => new Response(new ReadableStream({
    async start(controller) {
      controller.enqueue(new Uint8Array(10));
      await new Promise((resolve) => setTimeout(resolve, 10));
      controller.error(new Error('broken on purpose')); } }));`,
  'pages/api/loop.js': `export default (request) => fetch(request.url);`,
  'pages/api/moves.js': `export default (request) => Response.redirect(new URL('/api/inner/echo', request.url));`,
  'pages/api/throws.js': `export default () => { throw new Error('inside'); };`,
  'pages/api/endless.js': `export default () => new Response(new ReadableStream({
    pull(controller) { controller.enqueue(new Uint8Array(65536)); },
    cancel() { console.log('endless was cancelled'); } }));`,
  'pages/api/cancels.js': `export default async (request) => {
    const answer = await fetch(new URL('/api/endless', request.url));
    const reader = answer.body.getReader();
    const { value } = await reader.read();
    await reader.cancel();
    return new Response(String(value.length > 0)); };`,
  'pages/api/fan.js': `let runs = 0;
    export default async (request) => {
      runs += 1;
      await Promise.allSettled([fetch(request.url), fetch(request.url)]);
      return new Response(String(runs)); };`,
  'pages/api/impatient.js': `export default async (request) => {
    try {
      await fetch(new URL('/upload', request.url),
        { method: 'POST', body: request.body, duplex: 'half', signal: AbortSignal.timeout(100) });
      return new Response('answered');
    } catch (error) { return new Response(error.name); } };`,
  'pages/api/breaks-upload.js': `export default async (request) => {
    const body = new ReadableStream({ async pull(controller) {
      controller.enqueue(new Uint8Array(10));
      await new Promise((resolve) => setTimeout(resolve, 20));
      controller.error(new Error('no more')); } });
    try {
      const answer = await fetch(new URL('/upload', request.url), { method: 'POST', body, duplex: 'half' });
      return new Response('answered ' + answer.status);
    } catch (error) { return new Response('rejected'); } };`,
  'pages/api/reads-a-part.js': `export default async (request) => {
    const reader = request.body.getReader();
    await reader.read();
    reader.releaseLock();
    return new Response('enough'); };`,
  'pages/api/uploads-much.js': `export default async (request) => {
    const answer = await fetch(new URL('/api/reads-a-part', request.url),
      { method: 'POST', body: new Uint8Array(1 << 20) });
    const body = new ReadableStream({ pull(controller) { controller.enqueue(new Uint8Array(65536)); } });
    const streamed = await fetch(new URL('/api/reads-a-part', request.url), { method: 'POST', body, duplex: 'half' });
    return new Response(await answer.text() + ' ' + await streamed.text()); };`,
  'pages/api/later.js': `export default (request, event) => {
    event.waitUntil(new Promise((resolve) => setTimeout(resolve, 50))
      .then(() => fetch(new URL('/api/inner/echo', request.url)))
      .then(async (answer) => console.log('later: ' + answer.status)));
    return new Response('now'); };`,
};

test('a fetch of the own site', limits, async (t) => {
  const origin = await httpOrigin(t, async (request, response) => {
    response.setHeader('x-via', request.headers.via ?? '');
    const body = await readAll(request);
    response.end(`origin ${request.method} ${request.url} ${request.headers.host} ${body.length}`);
  });
  const brink = await startBrink(t, { origin, files });
  const via = (to, options = {}) => brink.get(`/api/pass?${new URLSearchParams({ to, ...options })}`);

  await t.test('reaches a handler, through the middleware, as the same client', async () => {
    const answer = await via('/api/inner/echo');
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.headers['x-mw'], 'yes');
    const seen = answer.json();
    assert.equal(seen.ip, '127.0.0.1');
    assert.equal(new URL(seen.url).pathname, '/api/inner/echo');
  });
  await t.test('reaches the origin', async () => {
    const answer = await via('/page?a=1');
    assert.equal(answer.text, `origin GET /page?a=1 127.0.0.1:${brink.port} 0`);
    assert.equal(answer.headers['x-via'], '1.1 brink, 1.1 brink');
  });
  await t.test('is guarded as a request of the client is', async () => {
    for (const path of ['/guarded/x', '/%67uarded/x', '/.//guarded/x', '/a/../guarded', '/guarded%2Fx', '\\guarded']) {
      const answer = await via(path);
      assert.equal(answer.status, 401, `${path}: ${answer.text}`);
    }
  });
  await t.test('the names of this machine are one', async () => {
    for (const name of ['localhost', '127.0.0.1']) {
      const answer = await via(`http://${name}:${brink.port}/page`);
      assert.equal(answer.text, `origin GET /page 127.0.0.1:${brink.port} 0`);
    }
    const answer = await brink.get('/api/text?to=/page');
    assert.match(answer.text, /^200 \d+ origin GET \/page /);
  });
  await t.test('does not go by a Host that no app names', async () => {
    // Else a client could have a script's fetch of such a server answered by this site.
    for (const host of ['auth.invalid', '169.254.169.254', `10.0.0.1:${brink.port}`]) {
      const answer = await brink.get('/api/pass?to=/page', { headers: { host } });
      assert.equal(errorCode(answer), 'BRINK_SCRIPT_ERROR', answer.text);
    }
    const own = await brink.get(`/api/pass?to=http://127.0.0.1:${brink.port}/page`, { headers: { host: 'auth.invalid' } });
    assert.equal(own.text, `origin GET /page 127.0.0.1:${brink.port} 0`);
  });
  await t.test('HEAD has the length and no body', async () => {
    const answer = await brink.get('/api/pass?to=/page&method=HEAD', { method: 'HEAD' });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers['content-length'], undefined);
    const text = await via('/page', { method: 'HEAD' });
    assert.equal(text.text, '');
  });
  await t.test('bodies stream both ways', async () => {
    const posted = await brink.get('/api/post', { method: 'POST', body: Buffer.alloc(large) });
    assert.equal(posted.json().bytes, large, posted.text);
    const answer = await via('/api/large');
    assert.equal(answer.body.length, large);
  });
  await t.test('an upload that nobody reads is cancelled', async () => {
    const answer = await brink.get('/api/uploads');
    assert.deepEqual(answer.json(), { status: 413, text: 'early', cancelled: true });
  });
  await t.test('a redirect is followed', async () => {
    const answer = await via('/api/moves');
    assert.equal(answer.json().method, 'GET');
    const manual = await via('/api/moves', { redirect: 'manual' });
    assert.equal(manual.status, 302);
  });
  await t.test('what fails inside is an answer', async () => {
    const answer = await via('/api/throws');
    assert.equal(answer.status, 500);
    assert.equal(errorCode(answer), 'BRINK_SCRIPT_ERROR');
    const bad = await via('/%00');
    assert.equal(errorCode(bad), 'BRINK_SCRIPT_ERROR', bad.text);
    await assert.rejects(via('/api/breaks'), /aborted|socket hang up|terminated/);
  });
  await t.test('an upload whose fetch is given up', async () => {
    const client = await RawConnection.connect(brink.url);
    client.write('POST /api/impatient HTTP/1.1\r\nHost: ' + brink.host + '\r\nContent-Length: 100\r\n\r\na');
    assert.match((await client.readMessage()).text, /TimeoutError/);
    client.destroy();
    assert.equal((await via('/page')).status, 200);
  });
  await t.test('an upload that breaks off rejects', async () => {
    assert.equal((await brink.get('/api/breaks-upload')).text, 'rejected');
  });
  await t.test('an upload of which only a part is read', async () => {
    assert.equal((await brink.get('/api/uploads-much')).text, 'enough enough');
  });
  await t.test('one request of a client causes no more than its limit of subrequests', async () => {
    assert.equal((await brink.get('/api/fan')).text, '51');
  });
  await t.test('a loop ends', async () => {
    const answer = await brink.get('/api/loop');
    assert.equal(answer.status, 508);
    assert.equal(errorCode(answer), 'BRINK_LOOP');
  });
  await t.test('one that is cancelled ends', async () => {
    const answer = await brink.get('/api/cancels');
    assert.equal(answer.text, 'true');
    await brink.logged(/endless was cancelled/);
  });
  await t.test('works after the answer', async () => {
    const answer = await brink.get('/api/later');
    assert.equal(answer.text, 'now');
    await brink.logged(/later: 200/);
  });
});

test('a site that an app names', limits, async (t) => {
  const origin = await httpOrigin(t, (request, response) => response.end(`origin ${request.headers.host}`));
  const brink = await startBrink(t, {
    files: Object.fromEntries(Object.entries(files).flatMap(([path, text]) =>
      [[`shop/${path}`, text], [`docs/${path}`, text]])),
    config: { apps: [
      { name: 'shop', root: 'shop', origin: origin.url, hosts: ['shop.invalid', '*.tenants.invalid'] },
      { name: 'docs', root: 'docs', origin: origin.url, hosts: ['docs.invalid'] },
    ] },
  });
  const pass = (host, to) => brink.get(`/api/pass?${new URLSearchParams({ to })}`, { headers: { host } });
  for (const host of ['shop.invalid', 'SHOP.invalid.', `shop.invalid:${brink.port}`]) {
    const answer = await pass(host, '/page');
    assert.equal(answer.status, 200, answer.text);
    assert.match(answer.text, /^origin shop\.invalid/);
    assert.equal((await pass(host, '/guarded/x')).status, 401);
  }
  for (const [host, to] of [['shop.invalid', 'http://docs.invalid/page'], ['shop.invalid', 'http://shop.invalid:81/page'],
    ['shop.invalid:81', '/page'], ['shop.invalid', 'https://shop.invalid/page'], ['a.tenants.invalid', '/page']]) {
    assert.equal(errorCode(await pass(host, to)), 'BRINK_SCRIPT_ERROR', `${host} ${to}`);
  }
});

test('a fetch of the own site makes no connection', limits, async (t) => {
  const brink = await startBrink(t, { files, config: { max_connections_per_address: 1 } });
  const answer = await brink.get('/api/pass?to=/api/inner/echo');
  assert.equal(answer.status, 200, answer.text);
});
