// What /proc tells about processes: their children, memory and CPU. And how to end one's own.
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { once } from 'node:events';

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

export function isAlive(pid) {
  const stat = read(`/proc/${pid}/stat`);
  return stat !== '' && !/\) [ZX] /.test(stat);
}

/** Direct children that are alive. */
export function children(pid) {
  let tasks = [];
  try {
    tasks = readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
  return tasks
    .flatMap((task) => read(`/proc/${pid}/task/${task}/children`).trim().split(/\s+/))
    .filter(Boolean).map(Number).filter(isAlive);
}

/** All descendants that are alive, parents before their children. */
export function descendants(pid) {
  return children(pid).flatMap((child) => [child, ...descendants(child)]);
}

export function commandLine(pid) {
  return read(`/proc/${pid}/cmdline`).split('\0').filter(Boolean);
}

/** What its descriptors are open on, as /proc names it. */
export function openFiles(pid) {
  try {
    return readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
  } catch {
    return []; // one was closed meanwhile, or the process is gone
  }
}

/** The cores that a process may use: "0-2,5" is [0, 1, 2, 5]. */
export function allowedCores(pid = 'self') {
  const list = /^Cpus_allowed_list:\s*(\S+)/m.exec(read(`/proc/${pid}/status`))[1];
  return list.split(',').flatMap((range) => {
    const [first, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}

export function maps(pid) {
  return read(`/proc/${pid}/maps`);
}

/** Resident memory in bytes; 0 for a process that is gone. */
export function residentBytes(pid) {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) * 1024;
}

/** Memory in bytes with shared pages divided by those who share them. */
export function proportionalBytes(pid) {
  return Number(/^Pss:\s+(\d+) kB/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0) * 1024;
}

/** User and system time in clock ticks (1/100 s). */
export function cpuTicks(pid) {
  const fields = read(`/proc/${pid}/stat`).split(') ')[1]?.split(' ') ?? [];
  return Number(fields[11] ?? 0) + Number(fields[12] ?? 0);
}

export function signal(pid, name) {
  try {
    process.kill(pid, name);
    return true;
  } catch {
    return false;
  }
}

const started = new Set();
process.on('exit', () => {
  for (const child of started) child.kill('SIGKILL');
});

/** Sees to it that `child` does not outlive this process, whatever ends it. */
export function ownProcess(child) {
  started.add(child);
  child.once('exit', () => started.delete(child));
  return child;
}

/** Ends a child of ours: TERM, and KILL when that takes longer than `grace_ms`. Its exit code. */
export async function endProcess(child, { grace_ms = 5_000, name = 'SIGTERM' } = {}) {
  if (child.pid === undefined) return undefined;
  if (child.exitCode === null && child.signalCode === null) {
    const exited = once(child, 'exit');
    child.kill(name);
    const timer = setTimeout(() => child.kill('SIGKILL'), grace_ms);
    await exited;
    clearTimeout(timer);
  }
  return child.exitCode;
}

/**
 * Samples the memory of processes while something runs. `pids()` is asked each time. The result: for each
 * pid, how far its peak was above its first sample.
 */
export function watchMemory(pids, { every_ms = 50 } = {}) {
  const seen = new Map();
  const sample = () => {
    for (const pid of pids()) {
      const bytes = residentBytes(pid);
      if (bytes === 0) continue;
      const known = seen.get(pid);
      if (known) known.peak = Math.max(known.peak, bytes);
      else seen.set(pid, { first: bytes, peak: bytes });
    }
  };
  sample();
  const timer = setInterval(sample, every_ms);
  return {
    stop() {
      clearInterval(timer);
      sample();
      return [...seen].map(([pid, { first, peak }]) => ({ pid, first, peak, growth: peak - first }));
    },
  };
}

/** How many files, sockets and so on the process has open. */
export function descriptors(pid) {
  return readdirSync(`/proc/${pid}/fd`).length;
}
