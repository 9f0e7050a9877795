// 1,000 slow clients of each kind: what good requests take beside them, over what they take alone.
import { startBrink } from '../tests/e2e/lib/brink.mjs';
import { descriptors, residentBytes } from '../tests/e2e/lib/proc.mjs';
import { slowApp, slowKinds, slowOrigin, startSlowClients } from '../tests/e2e/lib/slow.mjs';
import { sleep, until } from '../tests/e2e/lib/wait.mjs';
import { bench, quantile, result, table } from './lib/bench.mjs';

const most = { ratio: 2, late_ms: 1_000 };
const mib = (bytes) => bytes / 1024 / 1024;

/** Times of good requests, through the origin and a script in turn, one every few milliseconds. */
async function goodRequests(brink, seconds) {
  const times = [];
  const end = performance.now() + seconds * 1000;
  for (let i = 0; performance.now() < end; ++i) {
    const start = performance.now();
    const response = await brink.get(i % 2 === 0 ? '/' : '/api/good');
    if (response.status !== 200) throw new Error(`a good request got ${response.status}`);
    times.push(performance.now() - start);
    await sleep(2);
  }
  return times;
}

async function measure(t, kind, { clients: number, limit_ms, seconds }) {
  const origin = await slowOrigin(t);
  const brink = await startBrink(t, {
    files: slowApp, origin,
    config: { timeouts: { client_head_ms: limit_ms, client_body_ms: limit_ms } },
  });
  await goodRequests(brink, 1);
  const alone = await goodRequests(brink, seconds);
  const before = { memory: residentBytes(brink.pid), open: descriptors(brink.pid) };
  const since = performance.now();
  const clients = await startSlowClients(t, brink, slowKinds[kind], number, 1_000);
  const started_ms = performance.now() - since; // the last one is so much younger than the first
  const beside = await goodRequests(brink, Math.max(1, (limit_ms - started_ms) / 1000));
  const memory = residentBytes(brink.pid);
  await until(() => descriptors(brink.pid) <= before.open + 16, 'all of them to be closed',
    { timeout_ms: limit_ms + 60_000 });
  const closed_ms = performance.now() - since - started_ms;
  const reached = origin.uploads;
  await sleep(1_000);
  const after = residentBytes(brink.pid);
  await brink.stop();
  return {
    alone: quantile(alone, 0.99), beside: quantile(beside, 0.99), closed_ms, reached,
    each_kib: (memory - before.memory) / number / 1024, before: before.memory, after,
    still: clients.open.size,
  };
}

await bench({ clients: 1_000, limit_ms: 10_000, seconds: 5, kind: '' }, async (t, options) => {
  const kinds = Object.keys(slowKinds).filter((kind) => kind.includes(options.kind));
  const rows = [['kind', 'p99 alone, ms', 'beside, ms', 'ratio', 'closed after, ms', 'KiB each',
    'MiB before', 'MiB after', 'reached the origin']];
  const missed = [];
  for (const kind of kinds) {
    const m = await measure(t, kind, options);
    const ratio = m.beside / m.alone;
    rows.push([kind, m.alone, m.beside, ratio, Math.round(m.closed_ms), m.each_kib, mib(m.before),
      mib(m.after), m.reached]);
    result(`slow-${kind.replaceAll(' ', '-')}-p99`, ratio.toFixed(2), 'x');
    if (ratio > most.ratio) missed.push(`${kind}: good requests take ${ratio.toFixed(1)} times as long`);
    if (m.closed_ms > options.limit_ms + most.late_ms) {
      missed.push(`${kind}: closed ${Math.round(m.closed_ms - options.limit_ms)} ms after the limit`);
    }
  }
  table(rows);
  if (missed.length > 0) throw new Error(missed.join('; '));
});
