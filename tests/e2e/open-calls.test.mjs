// Calls that stay open in a worker after their answer: what they may hold up, and when they end.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { test } from 'node:test';

import { startBrink } from './lib/brink.mjs';
import { cleanUp } from './lib/cleanup.mjs';
import { errorCode, readAll } from './lib/http.mjs';
import { sleep, until, within } from './lib/wait.mjs';

const limits = { timeout: 180_000 };
const MOST = 4096;
const files = {
  'pages/api/ok.js': 'export default () => new Response("ok");',
  'pages/api/leaves.js': `export default (request, event) => {
    event.waitUntil(new Promise(() => {}));
    return new Response('answered'); };`,
  'pages/api/silent.js': `export default () => new Response(new ReadableStream({
    start(controller) { controller.enqueue(new TextEncoder().encode('first')); } }));`,
  'pages/api/holds.js': 'export default () => new Promise(() => {});',
  'pages/api/slow.js': `const text = new TextEncoder().encode('piece');
    export default (request, event) => {
      const url = new URL(request.url);
      if (url.searchParams.has('never')) event.waitUntil(new Promise(() => {}));
      let left = Number(url.searchParams.get('pieces'));
      return new Response(new ReadableStream({ async pull(controller) {
        await new Promise((resolve) => setTimeout(resolve, 300));
        if (left-- > 0) controller.enqueue(text);
        else controller.close();
      } })); };`,
  'pages/api/endless.js': `export default () => new Response(new ReadableStream({
    pull(controller) { controller.enqueue(new Uint8Array(65536)); } }));`,
};

/** Asks `count` times over a few connections; the statuses. */
async function ask(t, brink, path, count) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 16 });
  t.after(() => agent.destroy());
  const statuses = new Map();
  let left = count;
  await Promise.all(Array.from({ length: 16 }, async () => {
    while (left-- > 0) {
      const { status } = await brink.get(path, { agent });
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  }));
  return Object.fromEntries(statuses);
}

/** Connections that ask once and read no more than the kernel takes. */
async function askWithoutReading(t, brink, path, count) {
  const sockets = [];
  cleanUp(t, () => sockets.forEach((socket) => socket.destroy()));
  for (let i = 0; i < count; i++) {
    const socket = net.connect(brink.port, '127.0.0.1');
    sockets.push(socket);
    socket.on('error', () => {});
    socket.pause();
    socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
    if (i % 64 === 63) await once(socket, 'connect');
  }
  return sockets;
}

test('waitUntil() of answered requests gives way, and closes no app', limits, async (t) => {
  // The promises that are left open last as long as a drain may.
  const brink = await startBrink(t, { files, config: { timeouts: { drain_ms: 2_000 } } });
  const count = MOST + 1000;
  assert.deepEqual(await ask(t, brink, '/api/leaves', count), { 200: count });
  assert.equal((await brink.get('/api/ok')).text, 'ok');
  const [, dropped] =
      await brink.logged(/waitUntil\(\) promises gave way to other requests requests=(\d+)/);
  assert.ok(Number(dropped) > 0);
  const lines = brink.stderr.split('\n').filter((line) => line.includes('waitUntil()')).length;
  assert.ok(lines < 100, `one line for many, not ${lines}`);
});

test('silent streams in a full worker', limits, async (t) => {
  const config = { workers: 1 };
  const brink = await startBrink(t, { files, config });
  const clients = await askWithoutReading(t, brink, '/api/silent', MOST);
  let begun = 0;
  for (const client of clients) {
    client.once('data', () => {
      begun += 1;
    });
    client.resume();
  }
  await until(() => begun >= MOST * 0.9, 'the streams to begin', { timeout_ms: 60_000 });
  const answers = await Promise.all(Array.from({ length: 50 }, () => brink.get('/api/ok')));
  for (const answer of answers) assert.equal(answer.text, 'ok', answer.text);
});

test('a full worker makes another one start', limits, async (t) => {
  const brink = await startBrink(t, { files, config: { workers: 2 } });
  const before = brink.workers().length;
  await askWithoutReading(t, brink, '/api/holds', MOST - 200);
  await until(() => brink.workers().length > before, 'a second worker', { timeout_ms: 60_000 });
  assert.equal((await brink.get('/api/ok')).text, 'ok');
});

test('a script that falls silent within a body', limits, async (t) => {
  const brink = await startBrink(t, {
    files,
    accessLog: '-',
    config: { limits: { cpu_ms: 10_000 }, timeouts: { script_body_ms: 500, client_body_ms: 60_000 } },
  });
  await t.test('has its body broken off', async () => {
    const { stream } = await brink.open('/api/silent');
    await assert.rejects(within(readAll(stream), 'the end of the stream'), /aborted|reset/);
    await until(() => /"error":"BRINK_WALL_LIMIT"/.test(brink.stdout), 'the access log');
  });
  await t.test('and not one that goes on', async () => {
    const { stream } = await brink.open('/api/slow?pieces=5');
    assert.equal((await readAll(stream)).toString(), 'piece'.repeat(5));
  });
  await t.test('nor while the client takes nothing', async () => {
    const [socket] = await askWithoutReading(t, brink, '/api/endless', 1);
    await sleep(1_500);  // three times the limit
    let bytes = 0;
    socket.on('data', (piece) => {
      bytes += piece.length;
    });
    socket.resume();
    await until(() => bytes > 32 * 2 ** 20, 'the stream to go on');
    socket.destroy();
  });
});

test('a stream that lasts longer than wall_ms', limits, async (t) => {
  const brink = await startBrink(t, { files, config: { limits: { wall_ms: 600 } } });
  const { stream } = await brink.open('/api/slow?pieces=4');
  assert.equal((await readAll(stream)).toString(), 'piece'.repeat(4));
  await sleep(1_200);
  assert.doesNotMatch(brink.stderr, /waitUntil/, 'nothing was given to waitUntil()');

  await readAll((await brink.open('/api/slow?pieces=4&never')).stream);
  await brink.logged(/waitUntil\(\) promises passed the wall time limit requests=1/);
  const started = performance.now();
  await brink.stop();
  assert.ok(performance.now() - started < 20_000, 'nothing is left to wait for');
});

test('a thousand clients that do not read a streamed answer stall nobody', limits, async (t) => {
  const brink = await startBrink(t, { files });
  await askWithoutReading(t, brink, '/api/endless', 1000);
  await sleep(2_000);
  // The worker may have to end: then another has the answer.
  await until(async () => {
    const started = performance.now();
    const answer = await brink.get('/api/ok');
    return errorCode(answer) === undefined && performance.now() - started < 1_000;
  }, 'a good request to be quick', { timeout_ms: 30_000 });
  const times = [];
  for (let i = 0; i < 20; i++) {
    const started = performance.now();
    assert.equal((await brink.get('/api/ok')).text, 'ok');
    times.push(performance.now() - started);
  }
  times.sort((a, b) => a - b);
  t.diagnostic(`p50 ${times[10].toFixed(1)} ms, worst ${times[19].toFixed(1)} ms`);
  assert.ok(times[10] < 1_000, `half of all took more than ${times[10]} ms`);
});
