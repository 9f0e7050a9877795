// Several fronts side by side under one master: who serves, what survives, and how they end.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, renameSync } from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';

import { executable, runBrink, startBrink } from './lib/brink.mjs';
import { cleanUp } from './lib/cleanup.mjs';
import { tempDir, writeFiles } from './lib/files.mjs';
import { send } from './lib/http.mjs';
import { holdingOrigin, httpOrigin } from './lib/origin.mjs';
import {
  allowedCores, children, descendants, endProcess, isAlive, openFiles, ownProcess, signal,
} from './lib/proc.mjs';
import { until } from './lib/wait.mjs';

const limits = { timeout: 120_000 };
const app = {
  // A worker's own number says which one answered, and so which cell.
  'pages/api/who.js': `const me = Math.random().toString(36).slice(2);
    export default () => new Response(me);`,
};

const cellsOf = (brink) => children(brink.pid);

function start(t, { cells = 2, ...options } = {}) {
  return startBrink(t, { files: app, args: ['--cells', String(cells)], ...options });
}

/** Each request on a connection of its own: those who answered, with how often. */
async function askAll(brink, requests = 60) {
  const answers = new Map();
  for (let i = 0; i < requests; i++) {
    const response = await send(brink.url, '/api/who', { headers: { connection: 'close' } });
    assert.equal(response.status, 200);
    answers.set(response.text, (answers.get(response.text) ?? 0) + 1);
  }
  return answers;
}

/** Requests on fresh connections, `width` at a time, until stop(): { served, failures }. */
function load(brink, { width = 8, urlPath = '/api/who' } = {}) {
  let running = true;
  const result = { served: 0, failures: [] };
  const one = async () => {
    while (running) {
      await send(brink.url, urlPath, { headers: { connection: 'close' } }).then(
        ({ status }) => {
          if (status === 200) result.served += 1;
          else result.failures.push(`status ${status}`);
        },
        (error) => result.failures.push(error.cause?.code ?? error.code ?? error.message));
    }
  };
  const all = Array.from({ length: width }, one);
  const stop = async () => { running = false; await Promise.all(all); return result; };
  stop.served = () => result.served;
  return stop;
}

test('two cells', limits, async (t) => {
  const brink = await start(t);

  await t.test('are processes below the one that was started, and share its port', async () => {
    assert.equal(cellsOf(brink).length, 2);
    assert.match(brink.stderr, /serving .* on http:\/\/127\.0\.0\.1:\d+, no origin, 2 cells, pid \d+/);
    assert.equal(brink.stderr.match(/serving /g).length, 1);
    assert.ok(brink.stderr.includes(`pid ${brink.pid}\n`));
  });

  await t.test('both serve, each with a zygote, a worker and a spare of its own', async () => {
    const answers = await askAll(brink);
    assert.equal(answers.size, 2, `answered: ${[...answers]}`);
    for (const cell of cellsOf(brink)) {
      const [zygote, ...others] = children(cell);
      assert.deepEqual(others, []);
      await until(() => children(zygote).length === 2, `a worker and a spare in cell ${cell}`);
    }
  });

  await t.test('nobody else may take the port, with cells or without', async () => {
    for (const args of [['--cells', '2'], []]) {
      const other = await runBrink(['serve', brink.dir, '--listen', brink.host, ...args]);
      assert.equal(other.code, 1);
      assert.match(other.stderr, /BRINK_LISTEN: cannot listen on .*: address already in use/);
      assert.equal(other.stderr.match(/BRINK_/g).length, 1);
    }
  });
});

test('one cell is one process', limits, async (t) => {
  const brink = await start(t, { cells: 1 });
  assert.equal((await brink.get('/api/who')).status, 200);
  assert.deepEqual(cellsOf(brink), [brink.zygote()]);
  assert.doesNotMatch(brink.stderr, /cell/);
});

test('"cells" of brink.json, and auto', limits, async (t) => {
  const fromFile = await startBrink(t, { files: app, config: { cells: 3 } });
  assert.equal(cellsOf(fromFile).length, 3);
  // As many as there are cores: on a machine with one, one.
  const auto = await startBrink(t, { files: app, config: { cells: 'auto' } });
  assert.equal((await auto.get('/api/who')).status, 200);
});

// Before Linux 6.2 sockets that share a port were not chosen by the core.
const [major, minor] = os.release().split('.').map(Number);
const coresChoose = major > 6 || (major === 6 && minor >= 2);
const cores = allowedCores();

test('--pin-cells keeps a cell, its workers and its clients on one core', {
  ...limits,
  skip: cores.length < 2 && 'two cells want two cores',
}, async (t) => {
  const brink = await start(t, { args: ['--cells', '2', '--pin-cells'] });
  await askAll(brink, 20);
  const placed = cellsOf(brink).map((cell) => [cell, ...descendants(cell)].map(allowedCores));
  const [first, second] = placed.map((lists) => [...new Set(lists.flat())]);
  assert.deepEqual([first, second], [[cores[0]], [cores[1]]]);
  if (!coresChoose) return;
  const answering = cores.slice(0, 2).map((core) => {
    const urls = Array(20).fill(`${brink.url}/api/who`);
    const answers = execFileSync('taskset', ['-c', String(core), 'curl', '-s', '-H', 'Connection: close',
      '-w', '\n', ...urls], { encoding: 'utf8' }).trim().split('\n');
    assert.equal(answers.length, urls.length);
    return [...new Set(answers)];
  });
  assert.deepEqual(answering.map((workers) => workers.length), [1, 1]);
  assert.notEqual(answering[0][0], answering[1][0]);
});

test('pin_cells with more cells than cores is an error that says so', limits, async (t) => {
  const dir = tempDir(t);
  writeFiles(dir, { ...app, 'brink.json': JSON.stringify({ cells: 256, pin_cells: true }) });
  const { code, stderr } = await runBrink(['serve', dir, '--listen', '127.0.0.1:0']);
  assert.equal(code, 1);
  assert.match(stderr, new RegExp(`BRINK_CONFIG_INVALID: pin_cells wants a core for each cell: `
    + `brink may use ${cores.length} of them, "cells" is 256; set it to ${cores.length}`));
  assert.match(stderr, /see .*#brink_config_invalid/);
});

test('a cell that is killed under load', limits, async (t) => {
  const brink = await start(t);
  await askAll(brink, 20);
  const [killed, other] = cellsOf(brink);
  const stop = load(brink);
  await until(() => stop.served() > 50, 'the load');
  const family = [killed, ...descendants(killed)];
  const otherFamily = descendants(other);
  signal(killed, 'SIGKILL');
  await until(() => !isAlive(killed), 'the cell to end');
  await until(() => cellsOf(brink).length === 2 && !cellsOf(brink).includes(killed), 'another cell');
  await until(async () => (await askAll(brink, 20)).size === 2, 'both cells to serve');
  const { served, failures } = await stop();

  assert.ok(served > 100, `only ${served} were served`);
  // Its own connections break; none is refused, and no answer is an error.
  assert.deepEqual(failures.filter((code) => code !== 'ECONNRESET'), []);
  assert.ok(failures.length <= 8, `${failures.length} requests broke, with 8 connections open`);
  assert.ok(isAlive(other));
  assert.ok(otherFamily.filter(isAlive).length >= 2, 'the other cell lost its workers');
  await until(() => family.filter(isAlive).length === 0, "the killed cell's own processes to end");
  await brink.logged(/error cell ended; starting another cell=\d pid=\d+ status=9/);
});

test('a cell that keeps dying leaves its connections to the other', limits, async (t) => {
  const brink = await start(t);
  const [stays] = cellsOf(brink);
  // Past the restarts that come at once there are pauses.
  const deaths = () => brink.stderr.match(/cell ended; starting another/g)?.length ?? 0;
  for (let i = 0; i < 4; i++) {
    const victim = await until(() => cellsOf(brink).find((pid) => pid !== stays), 'a cell to kill');
    signal(victim, 'SIGKILL');
    await until(() => deaths() > i, 'the death to be noticed');
  }
  const answers = await askAll(brink, 40);
  assert.ok(answers.size >= 1);
  await until(() => cellsOf(brink).length === 2, 'the cell to come back');
  await until(async () => (await askAll(brink, 30)).size === 2, 'both cells to serve');
});

test('SIGTERM lets both cells finish what they have begun', limits, async (t) => {
  const { origin, held, arrivals } = await holdingOrigin(t);
  const brink = await start(t, { origin, files: { ...app,
    'pages/api/slow.js': `export default async (request) => {
      await fetch('${origin.url}/' + request.nextUrl.searchParams.get('n'));
      return new Response('slow'); };` } });
  const family = descendants(brink.pid);
  const slow = Array.from({ length: 24 }, (_, n) =>
    send(brink.url, `/api/slow?n=${n}`, { headers: { connection: 'close' } }));
  await arrivals(24);
  // As a terminal or a service manager does it: to every process.
  for (const pid of [brink.pid, ...cellsOf(brink)]) signal(pid, 'SIGTERM');
  await brink.logged(/draining/);
  for (const response of held.values()) response.end();
  for (const response of await Promise.all(slow)) assert.equal(response.text, 'slow');
  const [code] = await once(brink.child, 'exit');
  assert.equal(code, 0);
  assert.equal(brink.stderr.match(/draining/g).length, 1);
  await until(() => family.filter(isAlive).length === 0, 'all processes to end');
  await assert.rejects(send(brink.url, '/api/who'));
});

test('a second SIGTERM ends all at once', limits, async (t) => {
  const brink = await start(t, { files: { ...app,
    'pages/api/hang.js': `export default () => {
      console.log('hanging');
      return new Promise(() => {}); };` } });
  const family = descendants(brink.pid);
  const hanging = Array.from({ length: 8 }, () => send(brink.url, '/api/hang').catch(() => 'broken'));
  await until(() => brink.stderr.match(/hanging/g)?.length === 8, 'all to be in the script');
  signal(brink.pid, 'SIGTERM');
  await brink.logged(/draining/);
  signal(brink.pid, 'SIGTERM');
  const [code] = await once(brink.child, 'exit');
  assert.equal(code, 1);
  assert.deepEqual([...new Set(await Promise.all(hanging))], ['broken']);
  await until(() => family.filter(isAlive).length === 0, 'all processes to end');
});

test('cells end with their master', limits, async (t) => {
  const brink = await start(t);
  await askAll(brink, 10);
  const family = descendants(brink.pid);
  assert.ok(family.length >= 6);
  signal(brink.pid, 'SIGKILL');
  await until(() => brink.exited && !family.some(isAlive), 'all processes to end');
});

test('what is wrong is said once, and nothing is left', limits, async (t) => {
  const dir = writeFiles(tempDir(t), { 'middleware.js': 'export default function ( {' });
  const run = (cells, accessLog) => runBrink(['serve', dir, '--cells', cells,
    '--listen', '127.0.0.1:0', '--access-log', accessLog]);
  const broken = await run('3', 'off');
  assert.equal(broken.code, 1);
  assert.equal(broken.stderr.match(/middleware\.js:1:\d+: BRINK_MODULE_SYNTAX: /g).length, 1, broken.stderr);
  assert.doesNotMatch(broken.stderr, /serving/);

  const noLog = await run('3', '/does/not/exist/log');
  assert.equal(noLog.code, 1);
  assert.equal(noLog.stderr.match(/BRINK_/g).length, 1, noLog.stderr);

  const noNumber = await run('many', 'off');
  assert.equal(noNumber.code, 2);
  assert.match(noNumber.stderr, /--cells: "many" must be a whole number from 1 to 256, or "auto"/);
});

/** The lines of an access log, each of which must be a whole one. */
const parseLines = (text) => text.split('\n').filter(Boolean).map((line) => JSON.parse(line));

test('access log lines of both cells stay whole', limits, async (t) => {
  const origin = await httpOrigin(t, (request, response) => response.end('ok'));
  const longPath = `/${'%ff'.repeat(1200)}`; // as one line more than a pipe takes at once
  const work = async (brink) => {
    await Promise.all(Array.from({ length: 40 }, async (_, client) => {
      for (let i = 0; i < 10; i++) {
        const urlPath = i % 5 === 4 ? longPath : `/${client}/${i}/${'x'.repeat(client * 20)}`;
        await send(brink.url, urlPath, { headers: { connection: 'close' } });
      }
    }));
  };

  await t.test('in a file, which SIGHUP opens again', async (t) => {
    const file = path.join(tempDir(t), 'access.log');
    const brink = await start(t, { origin, accessLog: file });
    await work(brink);
    await until(() => parseLines(readFileSync(file, 'utf8')).length === 400, 'all lines');
    const ids = new Set(parseLines(readFileSync(file, 'utf8')).map(({ id }) => id));
    assert.equal(ids.size, 400);
    renameSync(file, `${file}.1`);
    signal(brink.pid, 'SIGHUP');
    await until(() => cellsOf(brink).every((pid) => openFiles(pid).includes(file)), 'both cells to open it');
    await work(brink);
    await until(() => parseLines(readFileSync(file, 'utf8')).length === 400, 'all lines again');
    assert.equal(parseLines(readFileSync(`${file}.1`, 'utf8')).length, 400);
  });

  await t.test('on standard output, a pipe', async (t) => {
    const brink = await start(t, { origin, accessLog: '-' });
    await work(brink);
    await until(() => brink.stdout.split('\n').length > 400, 'all lines');
    const lines = parseLines(brink.stdout);
    assert.equal(lines.length, 400);
    assert.deepEqual(lines.filter((line) => line.status !== 200 || !line.path.startsWith('/')), []);
  });
});

test('a Unix socket that the cells share', limits, async (t) => {
  const socketPath = path.join(tempDir(t), 'brink.sock');
  const brink = ownProcess(spawn(executable, ['serve', writeFiles(tempDir(t), app), '--cells', '2',
    '--listen', `unix:${socketPath}`, '--access-log', 'off'], { stdio: ['ignore', 'ignore', 'pipe'] }));
  cleanUp(t, () => endProcess(brink));
  let stderr = '';
  brink.stderr.on('data', (bytes) => { stderr += bytes; });
  await until(() => stderr.includes(`serving`), 'brink to listen');
  const ask = () => new Promise((resolve, reject) => {
    http.get({ socketPath, path: '/api/who', agent: false }, (response) => {
      response.resume();
      response.once('end', () => resolve(response.statusCode));
    }).once('error', reject);
  });
  for (let i = 0; i < 10; i++) assert.equal(await ask(), 200);
  const [killed] = children(brink.pid);
  signal(killed, 'SIGKILL');
  await until(() => !isAlive(killed), 'the cell to end');
  for (let i = 0; i < 10; i++) assert.equal(await ask(), 200);
  assert.equal(await endProcess(brink), 0);
  assert.ok(!existsSync(socketPath), 'the socket file is left');
});
