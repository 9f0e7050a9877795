// CPU time and memory of processes and cores, from /proc.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

import { descendants, proportionalBytes, residentBytes } from '../../tests/e2e/lib/proc.mjs';

const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** The process and all below it. */
export const family = (pid) => [pid, ...descendants(pid)];

/** Seconds of CPU time of a process and all below it, those included that ended and were waited for. */
export function cpuSeconds(pid) {
  const total = { user: 0, system: 0 };
  for (const member of family(pid)) {
    let stat;
    try {
      stat = readFileSync(`/proc/${member}/stat`, 'utf8');
    } catch {
      continue; // it ended in between
    }
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    total.user += (fields[11] + fields[13]) / ticksPerSecond;
    total.system += (fields[12] + fields[14]) / ticksPerSecond;
  }
  return { ...total, all: total.user + total.system };
}

/** Seconds that a core was busy, and that its hypervisor gave it to others, since the machine started. */
export function coreSeconds(core) {
  const line = new RegExp(`^cpu${core} (.*)$`, 'm').exec(readFileSync('/proc/stat', 'utf8'));
  const [user, nice, system, , , irq, softirq, steal] = line[1].split(' ').map(Number);
  return { busy: (user + nice + system + irq + softirq) / ticksPerSecond, stolen: steal / ticksPerSecond };
}

/** Bytes of a process and all below it: resident (shared pages count for each), and proportional. */
export function memory(pid) {
  const members = family(pid);
  const sum = (read) => members.reduce((bytes, member) => bytes + read(member), 0);
  return { resident: sum(residentBytes), proportional: sum(proportionalBytes) };
}
