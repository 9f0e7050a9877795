// One app's p99 while another is loaded, loops, bursts its memory or dies; at most 2 times that at rest.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

import { startBrink } from '../tests/e2e/lib/brink.mjs';
import { open, readAll } from '../tests/e2e/lib/http.mjs';
import { isAlive, ownProcess, signal } from '../tests/e2e/lib/proc.mjs';
import { until } from '../tests/e2e/lib/wait.mjs';
import { bench, quantile, result, table } from './lib/bench.mjs';

const greatestRatio = 2;

const good = `export default () => Response.json({ hello: 'world' });`;
const bad = {
  'fast.js': good,
  'loop.js': 'export default () => { for (;;); };',
  'bomb.js': `export default () => {
    const all = []; for (;;) all.push(new Array(100_000).fill(Math.random())); };`,
};

/** Starts a request every 1/rate s, whether the last is answered or not: latencies in ms, failures. */
async function openLoop(base, agent, rate, seconds) {
  const latencies = [];
  let failures = 0;
  const requests = [];
  const began = performance.now();
  for (let i = 0; i < rate * seconds; ++i) {
    const due = began + (i * 1000) / rate;
    const early = due - performance.now();
    if (early > 0) await sleep(early);
    const sent = performance.now();
    requests.push((async () => {
      try {
        const response = await open(base, '/api/fast', { agent, headers: { host: 'good.test' } });
        await readAll(response.stream);
        if (response.status !== 200) failures += 1;
        // From when it was sent: the grain of this program's own timer is not brink's.
        latencies.push(performance.now() - sent);
      } catch {
        failures += 1;
      }
    })());
  }
  await Promise.all(requests);
  return { latencies, failures };
}

/** Requests of the other app, `width` at a time, until stop(). */
function closedLoop(base, path, width) {
  let running = true;
  const one = async () => {
    while (running) {
      await open(base, path, { headers: { host: 'bad.test' } })
        .then(({ stream }) => readAll(stream)).catch(() => {});
    }
  };
  const all = Array.from({ length: width }, one);
  return async () => { running = false; await Promise.all(all); };
}

function load(base, seconds, connections) {
  const { port } = new URL(base);
  const wrk = ownProcess(spawn('wrk', ['-t1', `-c${connections}`, `-d${seconds}s`,
    '-H', 'Host: bad.test', `http://127.0.0.1:${port}/api/fast`], { stdio: 'ignore' }));
  const ended = Promise.race([once(wrk, 'exit'), once(wrk, 'error').then(([error]) => {
    throw new Error(`wrk, the load generator, does not start: ${error.message}`);
  })]);
  ended.catch(() => {});
  return async () => { wrk.kill(); await ended; };
}

function kill(brink) {
  let running = true;
  const done = (async () => {
    while (running) {
      const served = [...brink.stderr.matchAll(/worker serves pid=(\d+) app=bad/g)].at(-1);
      if (served && isAlive(Number(served[1]))) signal(Number(served[1]), 'SIGKILL');
      await sleep(20);
    }
  })();
  const stopRequests = closedLoop(brink.url, '/api/fast', 4);
  return async () => { running = false; await done; await stopRequests(); };
}

await bench({ seconds: 10, rate: 100, connections: 32 }, async (t, options) => {
  const { seconds, rate, connections } = options;
  const files = { 'good/pages/api/fast.js': good };
  for (const [name, source] of Object.entries(bad)) files[`bad/pages/api/${name}`] = source;
  const brink = await startBrink(t, { files, config: {
    log_level: 'debug',
    apps: [
      { name: 'good', root: 'good', hosts: ['good.test'] },
      { name: 'bad', root: 'bad', hosts: ['bad.test'], limits: { cpu_ms: 50, memory_mb: 64 } },
    ],
  } });
  const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });
  t.after(() => agent.destroy());
  await until(async () => (await openLoop(brink.url, agent, rate, 0.5)).failures === 0,
    'the good app to answer');

  const phases = {
    'at rest': () => async () => {},
    'loaded by wrk': () => load(brink.url, seconds + 5, connections),
    'looping': () => closedLoop(brink.url, '/api/loop', 4),
    'memory bombs': () => closedLoop(brink.url, '/api/bomb', 4),
    'killed': () => kill(brink),
  };
  const rows = [['the other app is', 'p50 ms', 'p99 ms', 'x at rest', 'failures']];
  const ratios = {};
  let atRest;
  for (const [name, begin] of Object.entries(phases)) {
    const end = begin();
    await sleep(500);
    const { latencies, failures } = await openLoop(brink.url, agent, rate, seconds);
    await end();
    const p99 = quantile(latencies, 0.99);
    atRest ??= p99;
    ratios[name] = p99 / atRest;
    rows.push([name, quantile(latencies, 0.5), p99, ratios[name], failures]);
    await sleep(500);
  }
  table(rows);
  const worst = Math.max(...Object.values(ratios));
  console.log(JSON.stringify({ rate, seconds, p99_at_rest_ms: atRest, ratios }));
  result('two-apps-p99', worst.toFixed(2), 'x');
  if (!(worst <= greatestRatio)) {
    throw new Error(`the other app moved the p99 by ${worst.toFixed(2)}, more than ${greatestRatio}`);
  }
});
