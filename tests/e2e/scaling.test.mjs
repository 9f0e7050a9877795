// Workers come with the load and go without it, and an app that keeps crashing is left alone for a while.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { startBrink } from './lib/brink.mjs';
import { errorCode } from './lib/http.mjs';
import { httpOrigin } from './lib/origin.mjs';
import { isAlive, signal } from './lib/proc.mjs';
import { until } from './lib/wait.mjs';

const limits = { timeout: 120_000 };
const spares = 1;

test('workers come with the load, and go without it', limits, async (t) => {
  const origin = await httpOrigin(t, (request, response) => response.end('origin'));
  const brink = await startBrink(t, {
    origin,
    config: { workers: 2, worker_idle_ms: 1_000, spares, limits: { cpu_ms: 5_000 } },
    files: {
      'middleware.js': `export default () => {}; export const config = { matcher: '/selected' };`,
      'pages/api/burns.js': `export default () => {
        const end = performance.now() + 30;
        let n = 0;
        while (n < 1e8 && performance.now() < end) n++;
        return new Response('burnt');
      };`,
    },
  });

  await t.test('a second one, and not more than the maximum', async () => {
    let most = 0;
    let running = true;
    const clients = Array.from({ length: 6 }, async () => {
      while (running) assert.equal((await brink.get('/api/burns')).text, 'burnt');
    });
    await until(() => {
      most = Math.max(most, brink.workers().length);
      return most >= 2 + spares;
    }, 'a second worker', { timeout_ms: 60_000 });
    running = false;
    await Promise.all(clients);
    assert.equal(most, 2 + spares);
  });

  await t.test('none, after a while without a request', async () => {
    await until(() => brink.workers().length === spares, 'the workers to end', { timeout_ms: 30_000 });
  });

  await t.test('and none for a path that no matcher selects', async () => {
    const before = brink.workers();
    assert.equal((await brink.get('/plain')).text, 'origin');
    assert.deepEqual(brink.workers(), before);
  });

  await t.test('the first request afterwards gets one from the spares', async (t) => {
    const started = performance.now();
    assert.equal((await brink.get('/api/burns')).text, 'burnt');
    t.diagnostic(`${(performance.now() - started).toFixed(1)} ms, of which the handler takes 30`);
    assert.doesNotMatch(brink.stderr, /worker ended/, 'stopping is nothing to warn of');
  });
});

test('min_workers are kept without requests', limits, async (t) => {
  const brink = await startBrink(t, {
    config: { min_workers: 1, worker_idle_ms: 100, spares },
    files: { 'pages/api/fine.js': 'export default () => new Response("fine");' },
  });
  await brink.get('/api/fine');
  const before = brink.workers();
  await new Promise((resolve) => { setTimeout(resolve, 1_000); });
  assert.deepEqual(brink.workers(), before);
});

test('an app whose workers keep ending while they start', limits, async (t) => {
  const origin = await httpOrigin(t, (request, response) => response.end('origin'));
  // It loads at first, and not any more from a moment that comes soon.
  const from = Date.now() + 10_000;
  const brink = await startBrink(t, {
    origin,
    files: {
      'pages/api/fine.js': `if (Date.now() > ${from}) throw new Error('not today');
        export default () => new Response('fine');`,
    },
  });
  assert.equal((await brink.get('/api/fine')).text, 'fine');
  await until(() => Date.now() > from + 100, 'the moment');
  for (const pid of brink.workers()) signal(pid, 'SIGKILL');

  const refused = await until(async () => {
    const response = await brink.get('/api/fine');
    return errorCode(response) === 'BRINK_APP_CRASHING' && response;
  }, 'BRINK_APP_CRASHING', { timeout_ms: 60_000 });
  assert.equal(refused.status, 503);
  assert.match(refused.headers['retry-after'], /^[1-9][0-9]*$/);

  await t.test('is not started again for each request', async () => {
    const failures = () => brink.stderr.split('not today').length;
    const before = failures();
    for (let i = 0; i < 20; i++) await brink.get('/api/fine');
    assert.ok(failures() - before < 10, `${failures() - before} starts`);
  });
  await t.test('leaves the origin\'s pages alone', async () => {
    assert.equal((await brink.get('/plain')).text, 'origin');
    assert.ok(isAlive(brink.pid));
  });
});
