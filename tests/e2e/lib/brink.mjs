// Starts the brink under test on a folder made for it, and ends it with everything it started.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { cleanUp } from './cleanup.mjs';
import { repository, tempDir, writeFiles } from './files.mjs';
import { open, send } from './http.mjs';
import {
  commandLine, cpuTicks, descendants, endProcess, isAlive, ownProcess, signal,
} from './proc.mjs';
import { until } from './wait.mjs';

export const executable = process.env.BRINK_BIN
  ?? path.join(process.env.BRINK_BUILD ?? path.join(repository, 'build/release'), 'cli/brink');

/**
 * The command under the system's limits: so many descriptors, so many blocks of 512 bytes to a file.
 */
function limited(args, { descriptors, fileBlocks }) {
  const limits = [
    ...descriptors ? [`ulimit -n ${descriptors}`] : [],
    ...fileBlocks ? [`ulimit -f ${fileBlocks}`] : [],
  ];
  if (limits.length === 0) return [executable, args];
  return ['/bin/sh', ['-c', `${limits.join(' && ')} && exec "$0" "$@"`, executable, ...args]];
}

/** Runs a command of brink to its end: { code, signal, stdout, stderr }. */
export async function runBrink(args, { cwd, env, timeout_ms = 30_000, ...limits } = {}) {
  const child = spawn(...limited(args, limits), {
    cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'], timeout: timeout_ms,
  });
  const out = { stdout: '', stderr: '' };
  child.stdout.on('data', (bytes) => { out.stdout += bytes; });
  child.stderr.on('data', (bytes) => { out.stderr += bytes; });
  const [code, signalName] = await once(child, 'close');
  return { ...out, code, signal: signalName };
}

/**
 * `brink serve` on a free port, ready for requests.
 *   files   {'middleware.js': '...'}: the app; or `dir`, a folder that is there
 *   config  written as brink.json
 *   origin  URL, or an origin of origin.mjs
 *   descriptors, fileBlocks  see limited()
 *   errorDetail  false: error pages as the public sees them
 *   reach   [URL or origin]: other servers of the test that scripts may reach, for egress.allow
 */
export async function startBrink(t, options = {}) {
  const { files = {}, origin, reach, args = [], env = {}, accessLog = 'off' } = options;
  const config = reach ? reaching(options.config, reach) : options.config;
  const dir = options.dir ?? writeFiles(tempDir(t), files);
  if (config) writeFiles(dir, { 'brink.json': config });
  const command = ['serve', dir, '--listen', '127.0.0.1:0', '--access-log', accessLog];
  if (origin) command.push('--origin', origin.url ?? origin);
  if (options.errorDetail !== false) command.push('--error-detail');
  command.push(...args);
  const brink = new Brink(dir, command, env, options);
  cleanUp(t, () => brink.dispose());
  await brink.ready();
  return brink;
}

function reaching(config, servers) {
  const allow = servers.map((server) => new URL(server.url ?? server).host);
  return { ...config, egress: { ...config?.egress, allow: [...config?.egress?.allow ?? [], ...allow] } };
}

/** Throws what a sanitizer wrote about this process, where its options send that to files. */
function sanitizerReport(pid) {
  const report = `${process.env.BRINK_SANITIZER_REPORTS}.${pid}`;
  if (existsSync(report)) throw new Error(readFileSync(report, 'utf8').slice(0, 6000));
}

class Brink {
  constructor(dir, command, env, limits) {
    this.dir = dir;
    this.stdout = '';
    this.stderr = '';
    this.child = ownProcess(spawn(...limited(command, limits), {
      env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'],
    }));
    this.child.stdout.on('data', (bytes) => { this.stdout += bytes; });
    this.child.stderr.on('data', (bytes) => { this.stderr += bytes; });
    this.child.once('error', (error) => {
      this.stderr += `${executable} could not be started: ${error.message}`;
    });
    this.pid = this.child.pid;
  }

  get exited() {
    return this.pid === undefined || this.child.exitCode !== null || this.child.signalCode !== null;
  }

  async ready() {
    this.url = await until(() => {
      const url = /http:\/\/[^\s,]+(?=[\s,])/.exec(this.stderr)?.[0]; // the whole of it
      if (!url && this.exited) throw new Error(`brink did not start:\n${this.stderr}`);
      return url?.replace(/\/$/, '');
    }, 'brink to listen', { timeout_ms: 30_000 });
    this.port = Number(new URL(this.url).port);
    this.host = new URL(this.url).host;
  }

  get(urlPath, options) { return send(this.url, urlPath, options); }
  post(urlPath, body, options = {}) {
    return send(this.url, urlPath, { method: 'POST', body, ...options });
  }
  open(urlPath, options) { return open(this.url, urlPath, options); }

  /** The zygote, which forks the workers. */
  zygote() {
    return descendants(this.pid).find((pid) => descendants(pid).length > 0);
  }

  /** All workers, spares too: the processes that have no children of their own. */
  workers() {
    return descendants(this.pid).filter((pid) => descendants(pid).length === 0
      && commandLine(pid).length > 0 && pid !== this.zygote());
  }

  /** The worker that serves this app: the one whose CPU time grows while `work` runs, past any other's. */
  async workerThatRuns(work) {
    const before = new Map(this.workers().map((pid) => [pid, cpuTicks(pid)]));
    return until(async () => {
      await work();
      const [[pid, most] = [0, 0], [, next] = [0, 0]] = [...before.keys()].filter(isAlive)
        .map((worker) => [worker, cpuTicks(worker) - before.get(worker)])
        .sort(([, a], [, b]) => b - a);
      return most >= 3 && most >= 3 * next && pid; // a spare that starts uses some, too
    }, 'a worker to use CPU time');
  }

  /** Resolves when standard error (where scripts' console goes) matches. */
  async logged(pattern, options) {
    return until(() => pattern.exec(this.stderr), `the log to match ${pattern}`, options)
      .catch((error) => { throw new Error(`${error.message}; it holds:\n${this.stderr}`); });
  }

  /** TERM, and the exit code. */
  async stop() {
    return endProcess(this.child, { grace_ms: 30_000 });
  }

  /** Ends brink and checks that it left nothing behind, and that no sanitizer complained. */
  async dispose() {
    if (this.pid === undefined) return;
    const family = [this.pid, ...descendants(this.pid)];
    const wasRunning = !this.exited;
    await this.stop();
    const left = () => family.filter(isAlive);
    await until(() => left().length === 0, `the processes of brink to end`, { timeout_ms: 10_000 })
      .catch((error) => {
        const names = left().map((pid) => `${pid} ${commandLine(pid).join(' ')}`);
        for (const pid of left()) signal(pid, 'SIGKILL');
        throw new Error(`${error.message}: ${names.join('; ')}`);
      });
    for (const pid of family) sanitizerReport(pid);
    const complaint = /(ERROR: (Address|Leak)Sanitizer|runtime error: )[^]*/.exec(this.stderr)?.[0];
    if (complaint) throw new Error(complaint.slice(0, 6000));
    if (wasRunning && this.child.signalCode !== null) {
      throw new Error(`brink ended by ${this.child.signalCode}:\n${this.stderr.slice(-4000)}`);
    }
  }
}
