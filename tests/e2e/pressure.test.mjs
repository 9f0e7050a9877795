// What clients, origins and full disks may cost: each is bounded, said once with a code, and over with
// its cause.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { runBrink, startBrink } from './lib/brink.mjs';
import { cleanUp } from './lib/cleanup.mjs';
import { tempDir } from './lib/files.mjs';
import { errorCode } from './lib/http.mjs';
import { httpOrigin, rawOrigin } from './lib/origin.mjs';
import { residentBytes } from './lib/proc.mjs';
import { RawConnection } from './lib/raw.mjs';
import { sleep, until } from './lib/wait.mjs';

const limits = { timeout: 90_000 };
const get = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const count = (text, pattern) => text.match(pattern)?.length ?? 0;

async function connect(t, brink, number) {
  const clients = [];
  cleanUp(t, () => { for (const client of clients) client.destroy(); });
  while (clients.length < number) clients.push(await RawConnection.connect(brink.url));
  return clients;
}

test('origins keep their descriptors when idle clients take all', limits, async (t) => {
  const origin = await httpOrigin(t);
  const brink = await startBrink(t, { origin, descriptors: 256 });
  const [kept] = await connect(t, brink, 1);
  const ask = async () => {
    kept.write(get);
    return (await kept.readMessage()).status;
  };
  assert.equal(await ask(), 200);
  for (let round = 0; round < 5; ++round) {
    const idle = await connect(t, brink, 80);
    assert.equal(await ask(), 200); // so that it is not among those that rested longest
    // Each has its own connection to the origin.
    const busy = await Promise.all(idle.slice(-20).map(async (client) => {
      client.write(get);
      return (await client.readMessage()).status;
    }));
    assert.deepEqual(busy, Array(20).fill(200));
  }
  await brink.logged(/few file descriptors are left.* error=BRINK_DESCRIPTOR_LIMIT connections=\d+/);
  assert.ok(count(brink.stderr, /BRINK_DESCRIPTOR_LIMIT/g) < 60, brink.stderr);
});

test('a connection too many takes the place of one that rests', limits, async (t) => {
  const waiting = [];
  const origin = await httpOrigin(t, (request, response) => { waiting.push(response); });
  const brink = await startBrink(t, { origin, config: { max_connections: 3 } });
  const [oldest, second, third] = await connect(t, brink, 3);
  const [fourth] = await connect(t, brink, 1);
  await oldest.waitClosed();
  for (const client of [second, third, fourth]) client.write(get);
  await until(() => waiting.length === 3, 'three requests');
  // Nobody rests: the new one goes.
  const [fifth] = await connect(t, brink, 1);
  await fifth.waitClosed();
  for (const response of waiting) response.end('answer');
  for (const client of [second, third, fourth]) {
    assert.equal((await client.readMessage()).text, 'answer');
  }
  await brink.logged(/idle ones were closed.* error=BRINK_CONNECTION_LIMIT/);
  await brink.logged(/others were refused.* error=BRINK_CONNECTION_LIMIT/);
});

test('one address may have so many connections', limits, async (t) => {
  const brink = await startBrink(t, { config: { max_connections_per_address: 2 } });
  const clients = await connect(t, brink, 2);
  const [third] = await connect(t, brink, 1);
  await third.waitClosed();
  clients[0].destroy();
  await until(async () => {
    const [again] = await connect(t, brink, 1);
    again.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    return (await again.readMessage().catch(() => ({}))).status === 404;
  }, 'a place to be free');
  clients[1].write(get);
  assert.equal((await clients[1].readMessage()).status, 404);
});

test('too few descriptors to start with are an error', limits, async (t) => {
  for (const descriptors of [10, 20, 40]) {
    const run = await runBrink(['serve', tempDir(t), '--listen', '127.0.0.1:0'], { descriptors });
    assert.equal(run.code, 1, run.stderr);
    assert.match(run.stderr, /BRINK_SYSTEM/);
    assert.match(run.stderr, /ulimit -n/);
    assert.doesNotMatch(run.stderr, /Success/);
  }
});

test('an access log that may grow no more loses lines, and says so', limits, async (t) => {
  const origin = await httpOrigin(t, (request, response) => response.end());
  const log = path.join(tempDir(t), 'access.log');
  const brink = await startBrink(t, { origin, accessLog: log, fileBlocks: 256 });
  const long = `/${'a'.repeat(3_000)}`;
  for (let i = 0; i < 100; ++i) assert.equal((await brink.get(long)).status, 200);
  await brink.logged(/lines of the access log were lost.* error=BRINK_ACCESS_LOG_LOST lines=\d+/);
  assert.ok(existsSync(log) && readFileSync(log).length <= 256 * 1024);
  assert.equal(count(brink.stderr, /BRINK_ACCESS_LOG_LOST/g), 1);
});

test('an origin that sends interim answers without end is left', limits, async (t) => {
  const hint = `HTTP/1.1 103 Early Hints\r\nLink: </${'a'.repeat(3_000)}>\r\n\r\n`;
  let sent = 0;
  const origin = await rawOrigin(t, async (connection) => {
    await connection.readHead();
    while (!connection.ended && sent < 200 * 1024 * 1024) {
      sent += hint.length;
      if (!connection.write(hint)) await sleep(1);
    }
  });
  const brink = await startBrink(t, {
    origin,
    files: { 'pages/api/fetch.js': `export default () => fetch('${origin.url}/')
      .catch((error) => new Response(error.cause?.code ?? error.message));` },
  });
  const client = await RawConnection.connect(brink.url);
  client.write(get);
  const interim = [];
  for (let message; (message = await client.readMessage()).status < 200; interim.push(message));
  assert.ok(interim.length <= 8);
  client.destroy();
  assert.equal(errorCode(await brink.get('/')), 'BRINK_ORIGIN_BAD_RESPONSE');
  assert.equal((await brink.get('/api/fetch')).text, 'BRINK_ORIGIN_BAD_RESPONSE');
  assert.ok(sent < 100 * 1024 * 1024, `${sent} bytes`);
});

test('a long Connection list is refused', limits, async (t) => {
  const brink = await startBrink(t);
  const client = await RawConnection.connect(brink.url);
  client.write(`GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive,${'a,'.repeat(10_000)}a\r\n\r\n`);
  assert.equal((await client.readMessage()).status, 400);
});

test('a client that has shut its side gets its answer', limits, async (t) => {
  const origin = await httpOrigin(t, (request, response) => {
    setTimeout(() => response.end('from the origin'), 100);
  });
  const brink = await startBrink(t, {
    origin,
    files: { 'pages/api/slow.js': `export default async () => {
      await new Promise((resolve) => setTimeout(resolve, 100));
      return new Response('from a script');
    };` },
  });
  for (const [target, text] of [['/', 'from the origin'], ['/api/slow', 'from a script']]) {
    const client = await RawConnection.connect(brink.url);
    client.write(get.replace('/', target));
    client.end();
    const answer = await client.readMessage();
    assert.equal(answer.text, text);
    await client.waitClosed();
  }
});

test('requests are refused while slow clients hold all the memory they may', limits, async (t) => {
  const origin = await httpOrigin(t, (request, response) => response.end(
    request.url === '/big' ? Buffer.alloc(32 * 1024 * 1024) : 'small'));
  const brink = await startBrink(t, { origin, config: { max_buffered_mb: 1 } });
  assert.equal((await brink.get('/')).text, 'small');
  const resting = residentBytes(brink.pid);
  const clients = await connect(t, brink, 8);
  for (const client of clients) {
    client.socket.pause();
    client.write('GET /big HTTP/1.1\r\nHost: a\r\n\r\n');
  }
  const refused = await until(async () => {
    const response = await brink.get('/');
    return response.status === 503 && response;
  }, 'a request to be refused');
  assert.equal(errorCode(refused), 'BRINK_OVERLOADED');
  assert.equal(refused.headers['retry-after'], '1');
  await brink.logged(/error=BRINK_OVERLOADED requests=\d+/);
  assert.ok(residentBytes(brink.pid) < resting + 90 * 1024 * 1024);
  for (const client of clients) client.destroy();
  await until(async () => (await brink.get('/')).status === 200, 'the memory to be free again');
});
