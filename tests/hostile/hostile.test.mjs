// Every script of scripts/ runs amid good traffic: each has to end the way its comments say, and
// nobody else may notice. docs/testing.md tells how to read the report.
//
//   BRINK_HOSTILE_REPEAT=20   times that each script runs
//   BRINK_HOSTILE_ONLY=json/  only scripts whose name matches this pattern
//   BRINK_HOSTILE_STRICT=1    answers must be there 100 ms after the limit: for a quiet machine
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';

import { executable } from '../e2e/lib/brink.mjs';
import { isAlive, signal } from '../e2e/lib/proc.mjs';
import { sleep } from '../e2e/lib/wait.mjs';
import { attack } from './lib/attack.mjs';
import { readScripts } from './lib/catalog.mjs';
import { Report } from './lib/report.mjs';
import { goodHandler, proxiedPage, setStage } from './lib/stage.mjs';
import { GoodTraffic } from './lib/traffic.mjs';

const repeat = Number(process.env.BRINK_HOSTILE_REPEAT ?? 20);
const strict = process.env.BRINK_HOSTILE_STRICT === '1';
const only = new RegExp(process.env.BRINK_HOSTILE_ONLY ?? '');
// Wall time runs for good requests too while they wait for a core.
const limits = { cpu_ms: 50, wall_ms: strict ? 1000 : 3000, memory_mb: 64 };
const SLACK_MS = 100;      // past the limit, until the answer is there
const MEMORY_FACTOR = 1.25;
const OTHERS_CPU_MS = 50;  // what good requests may take of a worker in the same round
const AFTERMATH_MS = 30;   // what a script does after its answer belongs to its round
const MIB = 2 ** 20;

const scripts = readScripts(only);
const reportFile = path.join(path.dirname(executable), '../hostile.json');

/** How long after its limit an answer came; undefined for what no limit times. */
function lateness_ms({ outcome, took_ms }, script) {
  if (outcome === 'left' || script.client.leavesAfter_ms !== undefined) return undefined;
  const waits = script.waits || outcome === 'BRINK_WALL_LIMIT';
  return took_ms - (waits ? limits.wall_ms : limits.cpu_ms);
}

/** One brink, the scripts in its app, and good traffic of these kinds. */
class Play {
  static async begin(t, own, kinds, report) {
    const stage = await setStage(t, own, { limits, log_level: 'warn' });
    return Object.assign(new Play(), stage, {
      kinds, report, front: stage.brink.pid, traffic: new GoodTraffic(stage.brink.url, kinds),
    });
  }

  /** Runs the script once: its outcome, and what it did to its worker. */
  async run(script) {
    await this.watch('begin');
    const answer = await attack(`${this.brink.url}/api/${script.name}`, script, { 'x-origin': this.origin });
    await sleep(AFTERMATH_MS);
    await this.#served();
    const workers = await this.watch('round');
    const old = workers.filter((worker) => worker.old);
    const result = {
      ...answer,
      late_ms: lateness_ms(answer, script),
      cpu_ms: Math.max(...old.map((worker) => worker.cpu_ms)),
      memory_bytes: Math.max(...workers.map((worker) => worker.highest_bytes)) - this.blank_bytes,
    };
    this.report.add(script, result);
    return { ...result, busiest: old.reduce((a, b) => (b.cpu_ms > a.cpu_ms ? b : a)).pid };
  }

  /** The next round begins when the app is served again, by this worker or another. */
  async #served() {
    for (const kind of this.kinds) await this.traffic.ask(kind);
  }

  /** Throws when something was wrong with this run. */
  check(script, result) {
    const said = `${result.status} ${result.detail}; the log: ${this.brink.stderr.slice(-2000)}`;
    assert.ok(script.expect.includes(result.outcome), `ended as ${result.outcome}: ${said}`);
    assert.deepEqual(this.traffic.takeFailures(), [], 'good requests failed');
    assert.ok(!this.brink.exited && this.brink.pid === this.front && isAlive(this.front), 'the front ended');
    assert.ok(result.memory_bytes <= MEMORY_FACTOR * limits.memory_mb * MIB,
      `a worker took ${(result.memory_bytes / MIB).toFixed(1)} MiB`);
    if (result.outcome === 'BRINK_CPU_LIMIT' && !script.waits) { // holds however busy the machine is
      assert.ok(result.cpu_ms <= limits.cpu_ms + SLACK_MS + OTHERS_CPU_MS,
        `a worker used ${result.cpu_ms.toFixed(0)} ms of CPU time`);
    }
    if (strict && result.late_ms !== undefined) {
      assert.ok(result.late_ms <= SLACK_MS, `the answer came ${result.late_ms.toFixed(0)} ms late`);
    }
  }

  /** What a script left in its worker ends with that. */
  async cleanAfter(script, { busiest }) {
    if (script.leavesState || script.ownApp) {
      await this.traffic.without(async () => {
        signal(busiest, 'SIGKILL');
        await this.#served();
      });
    }
    this.brink.stderr = this.brink.stderr.slice(-16_384); // floods of logs are part of it
  }
}

test(`${scripts.length} hostile scripts, each ${repeat} times`, { timeout: 3 * 3600_000 }, async (t) => {
  assert.ok(process.env.BRINK_HOSTILE_ONLY || scripts.length >= 90, 'where are the scripts?');
  const report = new Report(limits);
  const totals = { served: 0, slowest_ms: 0 };

  async function play(own, kinds) {
    if (own.length === 0) return;
    const stage = await Play.begin(t, own, kinds, report);
    for (const script of own) {
      await t.test(`${script.name}: ${script.attacks}`, async () => {
        const problems = [];
        for (let i = 0; i < repeat; i++) {
          const result = await stage.run(script);
          try {
            stage.check(script, result);
          } catch (error) {
            problems.push(`run ${i + 1}: ${error.message}`);
          }
          if (script.ownApp || i === repeat - 1) await stage.cleanAfter(script, result);
        }
        assert.deepEqual(problems, []);
      });
    }
    await stage.traffic.stop();
    assert.deepEqual(stage.traffic.takeFailures(), []);
    assert.ok(stage.traffic.served > own.length * repeat, 'there was hardly any good traffic');
    totals.served += stage.traffic.served;
    totals.slowest_ms = Math.max(totals.slowest_ms, Math.round(stage.traffic.slowest_ms));
    totals.blank_worker_bytes = stage.blank_bytes;
  }

  await play(scripts.filter((script) => !script.ownApp), [goodHandler, proxiedPage]);
  await play(scripts.filter((script) => script.ownApp), [proxiedPage]);
  t.diagnostic(`\n${report.write(reportFile, { scripts: scripts.length, repeat, good: totals })}`);
});
