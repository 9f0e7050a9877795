// One run: load on a server, the CPU time it cost, and how much the machine was disturbed meanwhile.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import { endProcess, ownProcess } from '../../tests/e2e/lib/proc.mjs';
import { sleep } from '../../tests/e2e/lib/wait.mjs';
import { coreSeconds, cpuSeconds, memory } from './accounting.mjs';
import { pinned } from './cores.mjs';

/** Of the server's core, as a share: more than this in other hands, and a run is done once more. */
const greatestForeignShare = 0.08;
/** Both cores together: less than this in other hands is a machine at rest. */
const restingShare = 0.12;

export class Meter {
  /** `quiet_s`: seconds to wait at most before a run for others to come to rest, `quietTotal_s` in all. */
  constructor({ cores, load, quiet_s, quietTotal_s }) {
    Object.assign(this, { cores, load, quiet_s, quietTotal_s, waited_s: 0, commands: new Map() });
  }

  async start() {
    const script = fileURLToPath(new URL('./calibrator.mjs', import.meta.url));
    const [program, ...args] = pinned(this.cores.server, [process.execPath, script]);
    this.calibrator = ownProcess(spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] }));
    await this.coreSpeed();
  }

  async stop() {
    if (this.calibrator) await endProcess(this.calibrator);
  }

  /** Milliseconds that a fixed piece of work takes on the server's core just now. */
  async coreSpeed() {
    const answer = once(this.calibrator.stdout, 'data');
    this.calibrator.stdin.write('go\n');
    return Number(String((await answer)[0]).trim());
  }

  /** The share of the cores that processes other than this program's use. */
  async #foreignShare() {
    const cores = [this.cores.server, ...this.cores.load];
    const snapshot = () => ({
      busy: cores.reduce((sum, core) => sum + coreSeconds(core).busy, 0),
      own: cpuSeconds(process.pid).all,
      at_ms: performance.now(),
    });
    const before = snapshot();
    await sleep(400);
    const after = snapshot();
    return (after.busy - before.busy - (after.own - before.own)) / ((after.at_ms - before.at_ms) / 1000);
  }

  /** Lets a machine that others use come to rest, within bounds. */
  async rest() {
    const began = performance.now();
    const most = Math.min(this.quiet_s, Math.max(0, this.quietTotal_s - this.waited_s)) * 1000;
    while (performance.now() - began < most && (await this.#foreignShare()) > restingShare) await sleep(500);
    this.waited_s += (performance.now() - began) / 1000;
  }

  /**
   * A run in which others had too much of the server's core is done once more; the quieter one counts.
   * `beside`: the load generator shares that core, so what others had of it is not known, but for what a host took.
   */
  async run(server, options) {
    let best;
    for (let i = 0; i < 2; ++i) {
      await this.rest();
      const run = await this.#once(server, options);
      if (!best || run.foreign < best.foreign) best = run;
      if (run.foreign < greatestForeignShare) return best;
      if (this.quiet_s === 0) break; // who doesn't wait for others doesn't repeat for them
    }
    return { ...best, noisy: true };
  }

  async #once(server, { beside = false, ...options }) {
    const speedBefore = await this.coreSpeed();
    const core = coreSeconds(this.cores.server);
    const cpu = cpuSeconds(server.pid);
    const began = performance.now();
    const { command, files, ...load } = await this.load.run({ port: server.port, ...options });
    const elapsed_s = (performance.now() - began) / 1000;
    const cpuAfter = cpuSeconds(server.pid);
    const coreAfter = coreSeconds(this.cores.server);
    if (!(load.requests > 0)) throw new Error(`${server.name} answered no request`);
    const perRequest = (seconds) => (seconds * 1e6) / load.requests;
    const used = cpuAfter.all - cpu.all;
    const stolen = coreAfter.stolen - core.stolen;
    const others = beside ? 0 : Math.max(0, coreAfter.busy - core.busy - used);
    return {
      ...load,
      cpu_us: perRequest(used),
      user_us: perRequest(cpuAfter.user - cpu.user),
      system_us: perRequest(cpuAfter.system - cpu.system),
      core_share: used / elapsed_s,
      foreign: (others + stolen) / elapsed_s,
      speed_ms: (speedBefore + (await this.coreSpeed())) / 2,
      resident: memory(server.pid).resident,
    };
  }
}

/**
 * Rounds over all `servers`, forwards and backwards in turns (A B C C B A ...), so that a slow spell of the
 * machine falls on each. `often` says whether a server runs in this round. `each(server, round)` makes a
 * run; a run that fails is left out, with the reason in `failed`.
 * Resolves with { name: { runs: [{ round, ... }], failed } }.
 */
export async function rounds(servers, count, each, often = () => true) {
  const results = Object.fromEntries(servers.map(({ name }) => [name, { runs: [] }]));
  for (let round = 0; round < count; ++round) {
    for (const server of round % 2 === 0 ? servers : servers.toReversed()) {
      const result = results[server.name];
      if (result.failed || !often(server, round)) continue;
      try {
        result.runs.push({ round, ...(await each(server, round)) });
      } catch (error) {
        result.failed = error.message;
      }
    }
  }
  return results;
}
