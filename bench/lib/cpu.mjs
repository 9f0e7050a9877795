// CPU time of processes in nanoseconds, and a load that is made elsewhere: what a request costs.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import os from 'node:os';

import { ownProcess } from '../../tests/e2e/lib/proc.mjs';

/** CPU time that a process and its threads have used, in ns; 0 when it is gone. */
export function cpuTime_ns(pid) {
  try {
    return readdirSync(`/proc/${pid}/task`).reduce((sum, task) => sum
      + Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]), 0);
  } catch {
    return 0;
  }
}

/** The command, run on these cores only ('0', '0,1'); nothing: on all. */
export function pinned(cores, command) {
  return cores ? ['taskset', '-c', cores, ...command] : command;
}

/** Lets all threads of running processes use these cores only. */
export async function pin(cores, pids) {
  for (const pid of pids) {
    const taskset = spawn('taskset', ['-a', '-c', '-p', cores, String(pid)], { stdio: 'ignore' });
    await once(taskset, 'exit');
  }
}

export const cores = os.availableParallelism();

/**
 * Loads `url` with wrk for some seconds: { requests, failures }. `script`: a file in Lua that makes the
 * requests.
 */
export async function wrk(url, { seconds, connections, script, on }) {
  const [command, ...args] = pinned(on, ['wrk', '-t1', `-c${connections}`, `-d${seconds}s`,
    ...script ? ['-s', script] : [], url]);
  const child = ownProcess(spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] }));
  let output = '';
  child.stdout.on('data', (bytes) => { output += bytes; });
  const [code] = await Promise.race([once(child, 'close'), once(child, 'error').then(([error]) => {
    throw new Error(`${command} does not start: ${error.message}`);
  })]);
  const requests = Number(/(\d+) requests in/.exec(output)?.[1] ?? 0);
  if (code !== 0 || requests === 0) throw new Error(`wrk served nothing:\n${output}`);
  const failures = Number(/Non-2xx or 3xx responses: (\d+)/.exec(output)?.[1] ?? 0);
  return { requests, failures, seconds: duration_s(output) };
}

// "12345 requests in 2.10s"
function duration_s(output) {
  const [, value, unit] = /requests in ([\d.]+)(m?s)/.exec(output) ?? [];
  return unit === 'ms' ? Number(value) / 1000 : Number(value);
}

/** What `pids` used for each request of such a load: { cpu_us, by }, `by` process. */
export async function cpuPerRequest(url, pids, load) {
  const before = pids.map(cpuTime_ns);
  const { requests, failures } = await wrk(url, load);
  if (failures > 0) throw new Error(`${failures} of ${requests} requests failed`);
  const used_us = pids.map((pid, i) => (cpuTime_ns(pid) - before[i]) / 1000);
  return {
    cpu_us: used_us.reduce((sum, us) => sum + us, 0) / requests,
    by: used_us.map((us) => us / requests),
  };
}
