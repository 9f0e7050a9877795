// Looks at the workers every few milliseconds: memory and CPU time, as /proc tells them.
//
// Memory is RssAnon + RssShmem: the pages that a worker wrote to, its ring with them. The rest of its
// resident memory is libnode's text, which all workers share.
//
// The highest figure between two looks is not lost: VmHWM is the kernel's own mark of the highest
// resident memory, and what of it is RssFile hardly changes.
import { readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';

import { serveCalls } from './thread.mjs';

const EVERY_MS = 3;
const seen = new Map(); // by pid

function read(file) {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

const bytesOf = (status, field) =>
  Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) * 1024;

function workers() {
  const { zygote } = workerData;
  return read(`/proc/${zygote}/task/${zygote}/children`).split(' ').filter(Boolean).map(Number);
}

function look() {
  for (const pid of workers()) {
    const status = read(`/proc/${pid}/status`);
    const now_bytes = bytesOf(status, 'RssAnon') + bytesOf(status, 'RssShmem');
    if (now_bytes === 0) continue; // it is just ending
    const mark_bytes = bytesOf(status, 'VmHWM') - bytesOf(status, 'RssFile');
    const cpu_ms = Number(read(`/proc/${pid}/task/${pid}/schedstat`).split(' ')[0]) / 1e6;
    const known = seen.get(pid);
    if (known) {
      known.now_bytes = now_bytes;
      known.highest_bytes = Math.max(known.highest_bytes, now_bytes);
      if (mark_bytes > known.mark_bytes) known.highest_bytes = known.mark_bytes = mark_bytes;
      known.cpu_ms = Math.max(known.cpu_ms, cpu_ms);
    } else {
      seen.set(pid, {
        pid, now_bytes, mark_bytes, highest_bytes: Math.max(now_bytes, mark_bytes), cpu_ms,
        startCpu_ms: cpu_ms, old: false,
      });
    }
  }
}

setInterval(look, EVERY_MS);

serveCalls(parentPort, {
  /** What follows belongs to a new round: peaks and CPU time count from here. */
  begin() {
    const alive = new Set(workers());
    for (const [pid, worker] of seen) {
      if (!alive.has(pid)) seen.delete(pid);
      else Object.assign(worker, { old: true, startCpu_ms: worker.cpu_ms, highest_bytes: 0 });
    }
    look();
  },
  /** All workers of this round: [{ pid, old, now_bytes, highest_bytes, cpu_ms }]. */
  round() {
    look();
    return [...seen.values()].map((worker) => ({
      ...worker, cpu_ms: worker.cpu_ms - worker.startCpu_ms,
    }));
  },
});
