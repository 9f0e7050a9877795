// A server that is measured, or an origin: started on its cores, checked, ended with all it started.
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';

import { endProcess, isAlive, ownProcess, signal } from '../../tests/e2e/lib/proc.mjs';
import { until } from '../../tests/e2e/lib/wait.mjs';
import { family } from './accounting.mjs';
import { firstStatus, request } from './client.mjs';
import { pinned } from './cores.mjs';

// What is alive ends with this program, however that ends: by group, because nginx's workers outlive a
// master that is killed.
const groups = new Set();
process.on('exit', () => {
  for (const pid of groups) signal(-pid, 'SIGKILL');
});

export class Server {
  /**
   * `plan`: { command, cwd, env } of peers.mjs. `folder` gets its log. `ownSession`: false for a server that shares
   * its cores with the load generator, since Linux schedules sessions as groups (autogroup), and a request that crosses
   * groups always preempts, which left a fifth of the throughput. Only for one that ends with all it started when it is killed.
   */
  constructor({ name, plan, port, cores, folder, ownSession = true }) {
    Object.assign(this, { name, plan, port, cores, ownSession });
    this.url = `http://127.0.0.1:${port}`;
    this.log = path.join(folder, `${name}-${port}.log`);
  }

  /** Returns at once; first performance.now() before the process is made. */
  spawn() {
    mkdirSync(path.dirname(this.log), { recursive: true });
    const log = openSync(this.log, 'a');
    const [program, ...args] = pinned(this.cores, this.plan.command);
    this.spawned_ms = performance.now();
    this.child = spawn(program, args, {
      cwd: this.plan.cwd,
      env: { ...process.env, ...this.plan.env },
      stdio: ['ignore', log, log],
      detached: this.ownSession,
    });
    ownProcess(this.child);
    closeSync(log);
    this.child.once('error', (error) => {
      this.failure = error.message;
    });
    if (this.ownSession && this.child.pid !== undefined) groups.add(this.child.pid);
    return this;
  }

  get pid() {
    return this.child.pid;
  }

  get exited() {
    return this.child.pid === undefined || this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** Resolves with the time in ms since spawn() when `path` is answered with a status below 500. */
  async answers({ path: urlPath = '/', headers, timeout_ms = 60_000 } = {}) {
    const deadline = performance.now() + timeout_ms;
    for (;;) {
      const status = await firstStatus(this.port, urlPath, headers).catch(() => undefined);
      if (status < 500) return performance.now() - this.spawned_ms;
      if (this.exited) throw new Error(`${this.name} ended while it started: ${this.lastWords()}`);
      if (performance.now() > deadline) {
        throw new Error(`${this.name} did not answer ${urlPath} in ${timeout_ms} ms: ${this.lastWords()}`);
      }
      await nextTurn(); // a timer's grain of 1 ms would show in the start times
    }
  }

  lastWords() {
    const log = readFileSync(this.log, 'utf8').trim();
    return this.failure ?? (log.slice(-400) || 'it said nothing');
  }

  /** What is wrong with its answer to a workload, asked twice; undefined when nothing is. */
  async objection(workload) {
    try {
      for (let i = 0; i < 2; ++i) {
        const wrong = workload.check(await request(this.port, workload));
        if (wrong) return wrong;
      }
    } catch (error) {
      return error.message;
    }
    return undefined;
  }

  /** TERM, then KILL for what is left of it. */
  async stop() {
    if (!this.child || this.stopped) return;
    this.stopped = true;
    const members = this.exited ? [] : family(this.pid);
    await endProcess(this.child, { grace_ms: 3_000 });
    if (groups.delete(this.pid)) signal(-this.pid, 'SIGKILL');
    await until(() => !members.some(isAlive), `${this.name} to end`).catch(() => {});
  }
}
