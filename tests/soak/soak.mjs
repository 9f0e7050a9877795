// Everything at once, for minutes: hostile scripts at random, wrk at full speed on good handlers and
// proxied pages, workers killed, connections dropped and made anew. At the end brink has to be as it
// was at the start. `./dev test soak --seconds 600`; docs/testing.md tells what is looked at.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { parseArgs } from 'node:util';

import { ownProcess, signal } from '../e2e/lib/proc.mjs';
import { sleep, until } from '../e2e/lib/wait.mjs';
import { attack } from '../hostile/lib/attack.mjs';
import { readScripts } from '../hostile/lib/catalog.mjs';
import { goodHandler, proxiedPage, setStage } from '../hostile/lib/stage.mjs';
import { GoodTraffic } from '../hostile/lib/traffic.mjs';
import { Vitals } from './vitals.mjs';

const { values: options } = parseArgs({
  options: { seconds: { type: 'string', default: '600' }, attackers: { type: 'string', default: '2' } },
});
const seconds = Number(options.seconds);
const attackers = Number(options.attackers);

const config = {
  // Good requests queue behind hostile ones, and all of them compete for the machine.
  limits: { cpu_ms: 50, wall_ms: 3000, memory_mb: 64 },
  workers: 2,
  min_workers: 2,
  log_level: 'error',
  timeouts: { origin_idle_ms: 1000 },
};
// What no script may be answered, however unlucky: the front lost its way.
const NEVER = ['silence', 'BRINK_INTERNAL', 'BRINK_WORKER_PROTOCOL'];
const KILL_EVERY_MS = 1500;
const RECONNECT_EVERY_MS = 4000;
const REPORT_EVERY_MS = 10_000;

const random = (list) => list[Math.floor(Math.random() * list.length)];

/** wrk for the whole time: { requests, problems }. */
async function wrk(url) {
  const child = ownProcess(spawn('wrk', ['-t1', '-c4', `-d${seconds}s`, '--timeout', '30s', url],
    { stdio: ['ignore', 'pipe', 'inherit'] }));
  let text = '';
  child.stdout.on('data', (bytes) => { text += bytes; });
  await once(child, 'close');
  return {
    requests: Number(/(\d+) requests in/.exec(text)?.[1] ?? 0),
    problems: text.split('\n').filter((line) => /Non-2xx|Socket errors/.test(line)),
  };
}

test(`a soak of ${seconds} s`, { timeout: (seconds + 120) * 1000 }, async (t) => {
  const scripts = readScripts().filter((script) => !script.ownApp);
  const { brink, origin } = await setStage(t, scripts, config);
  // With its first connection the front makes what it then keeps.
  assert.equal((await brink.get(`${goodHandler.path}?n=0`)).status, 200);
  const vitals = new Vitals(brink);
  await vitals.rest();
  const first = vitals.look();
  const traffic = new GoodTraffic(brink.url, [goodHandler, proxiedPage], { every_ms: 20 });

  const outcomes = {};
  let running = true;
  let kills = 0;
  const end = performance.now() + seconds * 1000;

  async function attackAtRandom() {
    while (running) {
      const script = random(scripts);
      const { outcome, detail } = await attack(
        `${brink.url}/api/${script.name}`, script, { 'x-origin': origin });
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
      if (NEVER.includes(outcome)) console.log(`${script.name}: ${outcome} ${detail}`);
    }
  }

  async function every(ms, work) {
    while (performance.now() + ms < end) {
      await sleep(ms);
      await work();
    }
  }

  const all = [
    ...Array.from({ length: attackers }, attackAtRandom),
    every(KILL_EVERY_MS, () => { kills += signal(random(brink.workers()), 'SIGKILL') ? 1 : 0; }),
    every(RECONNECT_EVERY_MS, () => traffic.without(() => traffic.reconnect())),
    every(REPORT_EVERY_MS, () => {
      brink.stderr = brink.stderr.slice(-16_384);
      console.log(`${vitals.line()}, good ${traffic.served}, failed ${traffic.failures.length}, `
        + `killed ${kills}, hostile ${JSON.stringify(outcomes)}`);
    }),
  ];
  const [handlers, pages] = await Promise.all([
    wrk(`${brink.url}${goodHandler.path}?n=1`), wrk(`${brink.url}${proxiedPage.path}?n=1`),
  ]);
  running = false;
  await Promise.all(all);
  await traffic.stop();
  await vitals.rest(first);

  console.log(`wrk: ${handlers.requests} handled, ${pages.requests} proxied; checked: ${traffic.served}`);
  console.log(`at the start: ${JSON.stringify(first)}; at the end: ${JSON.stringify(vitals.look())}`);
  console.log(`the front's memory: ${vitals.growth()}`);
  await t.test('the front is the one that was started', () => {
    assert.ok(!brink.exited && vitals.look().front === first.front);
  });
  await t.test('no good request failed', () => {
    assert.deepEqual([...handlers.problems, ...pages.problems, ...traffic.failures], []);
    assert.ok(handlers.requests > 0 && pages.requests > 0 && traffic.served > 0);
  });
  await t.test('no script was answered what none may be', () => {
    assert.deepEqual(NEVER.filter((outcome) => outcomes[outcome] > 0), []);
  });
  await t.test('descriptors, workers and processes are what they were', () => {
    const { descriptors, workers, zombies } = vitals.look();
    assert.deepEqual({ descriptors, workers, zombies },
      { descriptors: first.descriptors, workers: first.workers, zombies: 0 });
  });
  await t.test('the front does not grow', () => vitals.assertSteady());
});
