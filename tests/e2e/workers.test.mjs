// Workers may die at any moment: who notices, and what the front keeps.
import assert from 'node:assert/strict';
import http from 'node:http';
import { test } from 'node:test';

import { startBrink } from './lib/brink.mjs';
import { errorCode, send } from './lib/http.mjs';
import { holdingOrigin, httpOrigin } from './lib/origin.mjs';
import {
  commandLine, descendants, isAlive, maps, proportionalBytes, residentBytes, signal,
} from './lib/proc.mjs';
import { sleep, until } from './lib/wait.mjs';

const limits = { timeout: 120_000 };
const app = {
  'middleware.js': `import { NextResponse } from 'next/server';
    export default () => NextResponse.next({ headers: { 'x-edge': '1' } });
    export const config = { matcher: '/mw/:path*' };`,
  'pages/api/spin.js': `export default () => {
    let n = 0; while (n < 2e7) n++;
    return new Response('spun'); };`,
  'pages/api/think.js': `export default () => {
    const end = Date.now() + 1000; while (Date.now() < end);
    return new Response('thought'); };`,
  'pages/api/wait.js': `export default async (request) => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    return new Response('waited'); };`,
  'pages/api/random.js': 'export default () => Response.json([Math.random(), Math.random()]);',
  'pages/api/hang.js': `export default () => {
    console.log('hanging');
    return new Promise(() => {}); };`,
  'pages/api/trickle.js': `export default () => new Response(new ReadableStream({
    async pull(controller) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      controller.enqueue(new TextEncoder().encode('drop'));
    } }));`,
};

async function start(t, options = {}) {
  const origin = await httpOrigin(t, (request, response) => response.end('origin'));
  return startBrink(t, {
    origin, files: app, config: { limits: { cpu_ms: 2_000 }, ...options.config }, ...options.more,
  });
}

const workerOf = (brink) => brink.workerThatRuns(() => brink.get('/api/spin'));

test('the processes', limits, async (t) => {
  const brink = await start(t);
  await brink.get('/api/wait');

  await t.test('the front has no V8 in it', () => {
    assert.doesNotMatch(maps(brink.pid), /libnode|libv8/);
    assert.match(maps(brink.pid), /libuv/);
  });

  await t.test('a zygote has forked a worker for the app, and a spare', (t) => {
    const zygote = brink.zygote();
    assert.ok(zygote, 'no zygote among ' + descendants(brink.pid).map(commandLine).join('; '));
    assert.equal(brink.workers().length, 2);
    t.diagnostic(`front ${(proportionalBytes(brink.pid) / 1048576).toFixed(1)} MiB, zygote`
      + ` ${(proportionalBytes(zygote) / 1048576).toFixed(1)} MiB, workers ${brink.workers()
        .map((pid) => (proportionalBytes(pid) / 1048576).toFixed(1)).join(' and ')} MiB (PSS)`);
  });

  await t.test('forks of one zygote do not share what Math.random() gives', async (t) => {
    const other = await start(t, { config: { log_level: 'debug' } });
    const numbers = [];
    for (let i = 0; i < 3; ++i) {
      numbers.push((await other.get('/api/random')).text);
      const pid = Number([...other.stderr.matchAll(/worker serves pid=(\d+)/g)].at(-1)[1]);
      signal(pid, 'SIGKILL');
      await until(() => !isAlive(pid), 'the worker to end');
    }
    assert.equal(new Set(numbers).size, 3, numbers.join('\n'));
  });

  await t.test('--workers is the most, min_workers the least', async (t) => {
    const other = await start(t, { config: { min_workers: 3 }, more: { args: ['--workers', '3'] } });
    await until(() => other.workers().length === 4, 'three workers and a spare');
  });

  await t.test('an app without scripts has none', async (t) => {
    const origin = await httpOrigin(t, (request, response) => response.end('origin'));
    const plain = await startBrink(t, { origin });
    assert.equal((await plain.get('/')).text, 'origin');
    assert.deepEqual(plain.workers(), []);
  });
});

test('kill -9 of the worker under load, 64 connections', limits, async (t) => {
  const brink = await start(t);
  const pid = brink.pid;
  const worker = await workerOf(brink);
  const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });
  t.after(() => agent.destroy());
  const counts = { ok: 0, page: 0, other: [] };
  let running = true;
  let killedAt = Infinity;
  let lastFailure = 0;
  const clients = Array.from({ length: 64 }, async (_, i) => {
    const [path, text] = [['/api/wait', 'waited'], ['/mw/x', 'origin'], ['/plain', 'origin']][i % 3];
    while (running) {
      try {
        const response = await send(brink.url, path, { agent });
        if (response.status === 200 && response.text === text) counts.ok += 1;
        else if (path !== '/plain' && /^BRINK_WORKER_/.test(errorCode(response) ?? '')) {
          counts.page += 1;
          lastFailure = performance.now();
        } else counts.other.push(`${path} ${response.status} ${response.text.slice(0, 100)}`);
      } catch (error) {
        counts.other.push(`${path} ${error.message}`);
      }
    }
  });
  await until(() => counts.ok >= 200, 'the load');
  const before = counts.ok;
  signal(worker, 'SIGKILL');
  killedAt = performance.now();
  await until(() => counts.ok >= before + 500, 'the load to go on');
  running = false;
  await Promise.all(clients);
  t.diagnostic(`${counts.ok} served (${before} before the kill), ${counts.page} error pages, `
    + `${counts.other.length} other failures; the last page came`
    + ` ${lastFailure ? (lastFailure - killedAt).toFixed(0) : 0} ms after the kill`);

  await t.test('only requests that were in it failed, each with a page', () => {
    assert.deepEqual(counts.other, []);
    assert.ok(counts.page <= 43 * 2, `${counts.page} error pages for 43 connections`);
    assert.ok(counts.ok > before, 'nothing was served after the kill');
  });
  await t.test('the next request is served, by another worker', async () => {
    assert.equal((await brink.get('/api/wait')).text, 'waited');
    assert.equal(isAlive(worker), false);
    await until(() => brink.workers().length === 2, 'a worker and a spare');
    assert.ok(!brink.workers().includes(worker));
  });
  await t.test('the front is the same process', () => {
    assert.equal(brink.pid, pid);
    assert.ok(isAlive(pid));
  });
});

test('a worker that dies', limits, async (t) => {
  const brink = await start(t);

  await t.test('before the head of an answer: an error page, or a second run', async () => {
    const worker = await workerOf(brink);
    const answer = brink.post('/api/hang', 'body');
    await brink.logged(/hanging/);
    signal(worker, 'SIGKILL');
    const response = await answer;
    assert.equal(response.status, 502);
    assert.equal(errorCode(response), 'BRINK_WORKER_DIED');
  });

  await t.test('while it runs the code of a GET: that runs once more, and not twice', async () => {
    const interrupt = async () => signal(await brink.workerThatRuns(() => sleep(10)), 'SIGKILL');
    const first = brink.get('/api/think');
    await interrupt();
    assert.equal((await first).text, 'thought');
    const second = brink.get('/api/think');
    await interrupt();
    await interrupt();
    assert.equal(errorCode(await second), 'BRINK_WORKER_DIED');
  });

  await t.test('in the middle of a body: the client sees that it is not complete', async () => {
    const worker = await workerOf(brink);
    const response = await brink.open('/api/trickle');
    assert.equal(response.status, 200);
    await new Promise((resolve) => response.stream.once('data', resolve));
    signal(worker, 'SIGKILL');
    await assert.rejects(async () => { for await (const _ of response.stream); }, /aborted|hang up|reset/i);
  });

  await t.test('again and again', async () => {
    for (let i = 0; i < 10; i++) {
      for (const pid of brink.workers()) signal(pid, 'SIGKILL');
      await until(async () => (await brink.get('/api/wait')).text === 'waited', 'the next worker');
    }
    assert.ok(isAlive(brink.pid));
  });

  await t.test('pages of the origin are served without any worker', async () => {
    for (const pid of brink.workers()) signal(pid, 'SIGKILL');
    assert.equal((await brink.get('/plain')).text, 'origin');
  });

  await t.test('and leaves nothing in the front', async (t) => {
    const before = residentBytes(brink.pid);
    for (let i = 0; i < 10; i++) {
      for (const pid of brink.workers()) signal(pid, 'SIGKILL');
      await until(async () => (await brink.get('/api/wait')).text === 'waited', 'the next worker');
    }
    const grown = (residentBytes(brink.pid) - before) / 1048576;
    t.diagnostic(`the front grew by ${grown.toFixed(2)} MiB over 10 deaths`);
    assert.ok(grown < 16);
  });
});

test('a worker that is stopped is replaced once its requests time out', limits, async (t) => {
  const brink = await start(t, { config: { limits: { cpu_ms: 2_000, wall_ms: 500 } } });
  const worker = await workerOf(brink);
  signal(worker, 'SIGSTOP');
  const response = await brink.get('/api/wait');
  assert.match(errorCode(response), /BRINK_(WALL_LIMIT|WORKER_DIED|CPU_LIMIT)/);
  await until(async () => (await brink.get('/api/wait')).text === 'waited', 'a worker that runs');
  signal(worker, 'SIGCONT');
});

test('without its zygote', limits, async (t) => {
  const brink = await start(t);
  await brink.get('/api/wait');
  signal(brink.zygote(), 'SIGKILL');

  await t.test('pages are served', async () => {
    await until(() => brink.get('/plain').then((r) => r.text === 'origin', () => false), 'the origin\'s page');
  });

  await t.test('and so are scripts, after a while', async () => {
    await until(() => brink.get('/api/wait').then((r) => r.text === 'waited', () => false), 'the handler');
    const worker = await workerOf(brink);
    signal(worker, 'SIGKILL');
    await until(() => brink.get('/api/wait').then((r) => r.text === 'waited', () => false), 'the next worker');
  });
});

test('when the front is killed, its workers end', limits, async (t) => {
  const brink = await start(t);
  await brink.get('/api/wait');
  const family = descendants(brink.pid);
  assert.ok(family.length >= 2);
  signal(brink.pid, 'SIGKILL');
  await until(() => brink.exited && !family.some(isAlive), 'zygote and workers to end');
});

test('work that goes on when SIGTERM arrives is finished', limits, async (t) => {
  const { origin, held, arrivals } = await holdingOrigin(t);
  const brink = await startBrink(t, { origin, files: {
    'pages/api/asks.js': `export default async (request) => {
      await fetch('${origin.url}/' + request.nextUrl.searchParams.get('n'));
      return new Response('waited'); };` } });
  const answers = Array.from({ length: 20 }, (_, n) => brink.get(`/api/asks?n=${n}`));
  await arrivals(20);
  signal(brink.pid, 'SIGTERM');
  await brink.logged(/draining/);
  for (const response of held.values()) response.end();
  for (const answer of await Promise.all(answers)) assert.equal(answer.text, 'waited');
  await until(() => brink.exited, 'brink to exit');
  assert.equal(brink.child.exitCode, 0);
});
