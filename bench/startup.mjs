// From process start to the first answer of a script, in ms; and a first hit on an app never run, over a warm one.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import path from 'node:path';

import { executable, startBrink } from '../tests/e2e/lib/brink.mjs';
import { tempDir, writeFiles } from '../tests/e2e/lib/files.mjs';
import { endProcess, ownProcess } from '../tests/e2e/lib/proc.mjs';
import { sleep } from '../tests/e2e/lib/wait.mjs';
import { bench, median, quantile, result, table } from './lib/bench.mjs';

const most = { start_ms: 30, firstHit_ms: 4 };
const handler = `export default (request) =>
  Response.json({ hello: 'world', path: new URL(request.url).pathname });`;

/** One request on a connection of its own; resolves to ms from the connect to the answer's end. */
function hit(port, host) {
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1');
    let answer = '';
    socket.write(`GET /api/hello HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    socket.on('data', (bytes) => { answer += bytes; });
    socket.on('error', reject);
    socket.on('end', () => {
      if (/^HTTP\/1\.1 200/.test(answer)) resolve(performance.now() - began);
      else reject(new Error(answer || 'no answer'));
    });
  });
}

/** Spawns brink and asks as soon as it says where it listens. */
async function start(dir) {
  const began = performance.now();
  const child = ownProcess(spawn(executable,
    ['serve', dir, '--listen', '127.0.0.1:0', '--access-log', path.join(dir, 'access.log')],
    { stdio: ['ignore', 'ignore', 'pipe'] }));
  const spawned_ms = performance.now() - began;
  let log = '';
  const port = await new Promise((resolve, reject) => {
    child.stderr.on('data', (bytes) => {
      log += bytes;
      const found = /http:\/\/127\.0\.0\.1:(\d+)(?=[\s,])/.exec(log)?.[1];
      if (found) resolve(found);
    });
    child.once('exit', () => reject(new Error(`brink ended: ${log}`)));
  });
  const listening_ms = performance.now() - began;
  await hit(port, 'app.test');
  const answered_ms = performance.now() - began;
  const ended = once(child, 'exit');
  await endProcess(child);
  await ended;
  return { spawned_ms, listening_ms, answered_ms };
}

/** The first hit on each of many apps, and the warm ones that follow it. */
async function firstHits(t, apps, pause_ms) {
  const files = {};
  for (let i = 0; i < apps; ++i) files[`app${i}/pages/api/hello.js`] = handler;
  const brink = await startBrink(t, { files, config: {
    apps: Array.from({ length: apps }, (_, i) => (
      { name: `app${i}`, root: `app${i}`, hosts: [`app${i}.test`] })),
  } });
  const first = [];
  const warm = [];
  for (let i = 0; i < apps; ++i) {
    await sleep(pause_ms); // a spare is ready again
    first.push(await hit(brink.port, `app${i}.test`));
    const after = [];
    for (let k = 0; k < 9; ++k) after.push(await hit(brink.port, `app${i}.test`));
    warm.push(median(after));
  }
  return { first, warm, over: first.map((time_ms, i) => time_ms - warm[i]) };
}

await bench({ starts: 20, apps: 20, pause_ms: 250 }, async (t, { starts, apps, pause_ms }) => {
  const dir = writeFiles(tempDir(t), { 'pages/api/hello.js': handler });
  const all = [];
  for (let i = 0; i < starts + 1; ++i) {
    const times = await start(dir);
    if (i > 0) all.push(times); // the first reads the files from disk
    await sleep(50);
  }
  const hits = await firstHits(t, apps, pause_ms);
  const row = (name, values) => [name, Math.min(...values), median(values), quantile(values, 0.9)];
  table([
    ['ms', 'best', 'median', 'p90'],
    row('spawn returns', all.map((each) => each.spawned_ms)),
    row('listening, app loaded', all.map((each) => each.listening_ms)),
    row('process start to first answer', all.map((each) => each.answered_ms)),
    row('first hit on an app', hits.first),
    row('warm hit', hits.warm),
    row('first hit over a warm one', hits.over),
  ]);
  const start_ms = median(all.map((each) => each.answered_ms));
  const firstHit_ms = median(hits.over);
  result('start-to-first-answer', start_ms.toFixed(2), 'ms');
  result('first-hit-over-warm', firstHit_ms.toFixed(2), 'ms');
  const missed = [
    start_ms <= most.start_ms || `the first answer took ${start_ms.toFixed(1)} ms, not ${most.start_ms}`,
    firstHit_ms <= most.firstHit_ms
      || `a first hit took ${firstHit_ms.toFixed(1)} ms more than a warm one, not ${most.firstHit_ms}`,
  ].filter((each) => each !== true);
  if (missed.length > 0) throw new Error(missed.join('; '));
});
