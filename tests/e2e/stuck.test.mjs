// Processes that hang and loads that take long: what is replaced, and what is said of it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { executable, runBrink, startBrink } from './lib/brink.mjs';
import { tempDir, writeFiles } from './lib/files.mjs';
import { errorCode } from './lib/http.mjs';
import { httpOrigin } from './lib/origin.mjs';
import { isAlive, ownProcess, signal } from './lib/proc.mjs';
import { sleep, until } from './lib/wait.mjs';

const limits = { timeout: 180_000 };
const ok = {
  'pages/api/ok.js': 'export default () => new Response("ok");'
};

async function servesAgain(brink) {
  await until(
      async () => (await brink.get('/api/ok')).text === 'ok', 'an answer', { timeout_ms: 60_000 });
}

test('a worker and its spare that are stopped are replaced, with a reason', limits, async (t) => {
  const brink = await startBrink(t, { files: ok });
  await servesAgain(brink);
  await until(() => brink.workers().length === 2, 'a worker and a spare');
  const stopped = brink.workers();
  for (const pid of stopped) signal(pid, 'SIGSTOP');
  await servesAgain(brink);
  await until(() => !stopped.some(isAlive), 'the stopped ones to be gone', { timeout_ms: 60_000 });
  await brink.logged(
      /worker ended pid=\d+ signal=9 error=BRINK_WORKER_DIED reason="the worker did not react/);
});

test('a zygote that is stopped is replaced', limits, async (t) => {
  const brink = await startBrink(t, { files: ok, config: { spares: 0 } });
  await servesAgain(brink);
  const zygote = brink.zygote();
  signal(zygote, 'SIGSTOP');
  for (const pid of brink.workers()) signal(pid, 'SIGKILL');
  await servesAgain(brink);
  assert.equal(isAlive(zygote), false);
  await brink.logged(/the zygote does not react and is killed/);
});

test('brink ends although its zygote is stopped', limits, async (t) => {
  const brink = await startBrink(t, { files: ok, config: { timeouts: { drain_ms: 500 } } });
  signal(brink.zygote(), 'SIGSTOP');
  const started = performance.now();
  await brink.stop();
  assert.ok(performance.now() - started < 20_000);
});

test('a module that waits for long at its top level', limits, async (t) => {
  const dir = writeFiles(tempDir(t), {
    'middleware.js': 'import "./lib/slow.js";\nexport default () => {};',
    'lib/slow.js': 'export const x = 1;\nawait new Promise((resolve) => setTimeout(resolve, 1e8));',
  });
  const { code, stderr } =
      await runBrink(['serve', dir, '--listen', '127.0.0.1:0'], { timeout_ms: 60_000 });
  assert.equal(code, 1);
  assert.match(stderr, /warn loading the app waits for a promise .*module=\S*lib\/slow\.js:2:/);
  assert.match(stderr, /lib\/slow\.js:2:\d+: .*took more than 10 s/);
});

test('an app with more than 16 MiB of modules loads', limits, async (t) => {
  const lines =
      Array.from({ length: 60_000 }, (_, i) => `export const a${i}="${'x'.repeat(44)}";`).join('\n');
  const big = Object.fromEntries(Array.from({ length: 6 }, (_, i) => [`big/m${i}.js`, lines]));
  const imports =
      Array.from({ length: 6 }, (_, i) => `import { a7 as m${i} } from '../../big/m${i}.js';`);
  const brink = await startBrink(t, {
    config: { limits: { start_cpu_ms: 60_000, memory_mb: 512 } },
    files: {
      ...big,
      'pages/api/big.js': `${imports.join('\n')}
      export default () => new Response(String(m0.length + m5.length));`
    },
  });
  assert.equal((await brink.get('/api/big')).text, '88');
});

test('an app that failed is read anew from its path', limits, async (t) => {
  const dir = tempDir(t);
  writeFiles(path.join(dir, 'broken'), {'pages/api/ok.js': 'export default () => {' });
  writeFiles(
      path.join(dir, 'good'),
      { ...ok, 'pages/api/new.js': 'export default () => new Response("new");' });
  fs.symlinkSync('broken', path.join(dir, 'cur'));
  writeFiles(dir, {
    'brink.json': {
      apps: [
        { name: 'one', root: 'cur', hosts: ['one.test'] },
        { name: 'two', root: 'good', hosts: ['two.test'] },
      ]
    }
  });
  const brink = await startBrink(t, { dir });
  const headers = { host: 'one.test' };
  assert.equal(errorCode(await brink.get('/api/ok', { headers })), 'BRINK_SCRIPT_START_FAILED');
  fs.rmSync(path.join(dir, 'cur'));
  assert.equal(errorCode(await brink.get('/api/ok', { headers })), 'BRINK_SCRIPT_START_FAILED');
  fs.symlinkSync('good', path.join(dir, 'cur'));
  await until(
      async () => (await brink.get('/api/ok', { headers })).text === 'ok', 'the new folder',
      { timeout_ms: 30_000 });
  assert.equal((await brink.get('/api/new', { headers })).text, 'new', 'its routes are new, too');
});

const skip = /asan/.test(executable) && 'a sanitizer needs more addresses than the test leaves';
test('workers that can never start end brink with the reason', { ...limits, skip }, async (t) => {
  const dir = writeFiles(tempDir(t), ok);
  const child = ownProcess(spawn(
      'sh',
      ['-c', `ulimit -v 1000000 && exec "$0" serve "$1" --listen 127.0.0.1:0`, executable, dir],
      { stdio: ['ignore', 'ignore', 'pipe'] }));
  let stderr = '';
  child.stderr.on('data', (bytes) => {
    stderr += bytes;
  });
  const [code] = await once(child, 'exit');
  assert.equal(code, 1, stderr);
  assert.match(stderr, /BRINK_SYSTEM: .*RLIMIT_AS/);
});

test('a GET that had an effect does not run twice', limits, async (t) => {
  let effects = 0;
  const origin = await httpOrigin(t, (request, response) => {
    effects += 1;
    response.end('done');
  });
  const brink = await startBrink(t, {
    origin,
    reach: [origin],
    config: { limits: { cpu_ms: 20_000 } },
    files: {
      'pages/api/spins.js': `export default async (request) => {
      await (await fetch(${JSON.stringify(`${origin.url}/effect`)})).text();
      for (let n = 0; n < 1e12; n++); };`
    },
  });
  const answer = brink.get('/api/spins');
  await until(() => effects === 1, 'the effect');
  signal(await brink.workerThatRuns(() => sleep(10)), 'SIGKILL');
  assert.equal(errorCode(await answer), 'BRINK_WORKER_DIED');
  assert.equal(effects, 1);
});

test('a worker with a request that waits has something to do', limits, async (t) => {
  const origin = await httpOrigin(t, async (request, response) => {
    await sleep(1_000);
    response.end('late');
  });
  const brink = await startBrink(t, {
    origin,
    reach: [origin],
    config: { worker_idle_ms: 100, min_workers: 0, log_level: 'debug' },
    files: {
      'pages/api/waits.js': `export default async () =>
      new Response(await (await fetch(${JSON.stringify(origin.url)})).text());`
    },
  });
  const answer = brink.get('/api/waits');
  await sleep(100);
  const before = brink.stderr.length;
  assert.equal((await answer).text, 'late');
  assert.doesNotMatch(brink.stderr.slice(before), /has nothing to do/);
});
