// Bodies of requests: read by scripts, by the way that comes first and by the short cut that scripts which
// read them get after that; not read, and passed on.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { startBrink } from './lib/brink.mjs';
import { readAll } from './lib/http.mjs';
import { httpOrigin } from './lib/origin.mjs';
import { RawConnection } from './lib/raw.mjs';
import { sleep, until } from './lib/wait.mjs';

const limits = { timeout: 60_000 };
const app = {
  'middleware.js': `import { NextResponse } from 'next/server';
    export default async (request) => {
      const how = request.headers.get('x-read');
      const text = how === 'mw' ? await request.text() : '';
      return NextResponse.next({ headers: { 'x-mw-read': text.length + '' } }); };
    export const config = { matcher: ['/mw/:path*', '/api/both'] };`,
  'pages/api/echo.js': `export default async (request) => new Response(await request.text());`,
  'pages/api/both.js': `export default async (request) => new Response('both ' + await request.text());`,
  'pages/api/ignore.js': `export default () => new Response('ignored');`,
  'pages/api/pass.js': `export default (request) => new Response(request.body);`,
};

async function start(t, config) {
  const origin = await httpOrigin(t, (request, response) => {
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => response.end(`origin got ${Buffer.concat(parts)}`));
  });
  return startBrink(t, { origin, files: app, config });
}

test('a body is the same each time', limits, async (t) => {
  const brink = await start(t);
  for (const size of [0, 1, 2000, 16 * 1024, 16 * 1024 + 1, 200_000]) {
    for (let i = 0; i < 4; i++) {
      const body = `${i}`.repeat(size);
      assert.equal((await brink.post('/api/echo', body)).text, body, `echo ${size}, ${i}`);
      const read = await brink.post('/mw/x', body, { headers: { 'x-read': 'mw' } });
      assert.equal(read.text, `origin got ${body}`, `middleware reads ${size}, ${i}`);
      assert.equal(read.headers['x-mw-read'], `${size}`);
      const unread = await brink.post('/mw/x', body);
      assert.equal(unread.text, `origin got ${body}`, `nobody reads ${size}, ${i}`);
      const both = await brink.post('/api/both', body, { headers: { 'x-read': 'mw' } });
      assert.equal(both.text, `both ${body}`);
      assert.equal((await brink.post('/api/ignore', body)).text, 'ignored');
      assert.equal((await brink.post('/api/pass', body)).text, body);
    }
  }
});

test('the limit on bodies holds by either way', limits, async (t) => {
  const brink = await start(t, { limits: { request_body_bytes: 1000 } });
  for (let i = 0; i < 3; i++) {
    assert.equal((await brink.post('/api/echo', 'x'.repeat(1000))).text.length, 1000);
    assert.equal((await brink.post('/api/echo', 'x'.repeat(1001))).status, 413);
  }
});

test('chunked bodies, and pipelined requests behind a body', limits, async (t) => {
  const brink = await start(t);
  for (let i = 0; i < 3; i++) {
    const chunked = await brink.post('/api/echo', 'abc', { headers: { 'transfer-encoding': 'chunked' } });
    assert.equal(chunked.text, 'abc');
    assert.equal((await brink.post('/api/echo', 'known')).text, 'known');
  }
});

test('a body that a middleware began to read, of more than it may', limits, async (t) => {
  const origin = await httpOrigin(t, async (request, response) => {
    response.end(`origin got ${(await readAll(request)).length}`);
  });
  const brink = await startBrink(t, { origin, config: { limits: { request_body_bytes: 1024 } }, files: {
    'middleware.js': `import { NextResponse } from 'next/server';
      export default async (request) => {
        await request.body.getReader().read();
        return NextResponse.next(); };`,
  } });
  const client = await RawConnection.connect(brink.url);
  client.write('POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5000\r\n\r\na');
  await sleep(200);
  client.write('a'.repeat(4999));
  assert.match((await client.readMessage()).text, /origin got 5000/);
});

test('a small body is there before its origin is asked', limits, async (t) => {
  const origin = await httpOrigin(t, async (request, response) => {
    response.end(`origin got ${(await readAll(request)).length}`);
  });
  const brink = await startBrink(t, { origin, files: app });
  const upload = async (path, size, headers = '') => {
    const client = await RawConnection.connect(brink.url);
    client.write(`POST ${path} HTTP/1.1\r\nHost: h\r\nContent-Length: ${size}\r\n${headers}\r\n`);
    return client;
  };
  for (const [path, headers] of [['/x', ''], ['/mw/x', ''], ['/mw/x', 'x-read: mw\r\n']]) {
    const slow = await upload(path, 16 * 1024, headers);
    slow.write('a'.repeat(1024));
    await sleep(200);
    assert.equal(origin.connections, 0, path);
    slow.write('a'.repeat(15 * 1024));
    assert.match((await slow.readMessage()).body.toString(), /origin got 16384/);
    for (const socket of origin.sockets) socket.destroy();
    origin.connections = 0;
  }
  const expects = await upload('/x', 5, 'Expect: 100-continue\r\n');
  assert.match(await expects.readUntil('\r\n\r\n'), /^HTTP\/1.1 100/);
  assert.equal(origin.connections, 0);
  expects.write('12345');
  assert.match((await expects.readMessage()).body.toString(), /origin got 5/);
  for (const socket of origin.sockets) socket.destroy();
  origin.connections = 0;

  const leaves = await upload('/x', 100);
  leaves.write('a');
  leaves.destroy();
  const large = await upload('/x', 16 * 1024 + 1);
  large.write('a');
  await until(() => origin.connections === 1, 'a large body to be passed on as it comes');
  large.write('a'.repeat(16 * 1024));
  assert.match((await large.readMessage()).body.toString(), /origin got 16385/);
});
