// Idle memory: the front's RSS, and what each further idle app's worker adds (PSS), in MiB.
import { readFileSync } from 'node:fs';

import { startBrink } from '../tests/e2e/lib/brink.mjs';
import { descendants, proportionalBytes, residentBytes } from '../tests/e2e/lib/proc.mjs';
import { sleep, until } from '../tests/e2e/lib/wait.mjs';
import { bench, median, result, table } from './lib/bench.mjs';

const most = { front_mib: 12, worker_mib: 7 };
const mib = (bytes) => bytes / 1024 / 1024;
const handler = `export default (request) =>
  Response.json({ hello: 'world', path: new URL(request.url).pathname });`;

function privateBytes(pid) {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  return 1024 * [...rollup.matchAll(/^Private_(?:Clean|Dirty):\s+(\d+) kB/gm)]
    .reduce((sum, [, kib]) => sum + Number(kib), 0);
}

/** Memory of a brink with so many apps, each of which has served and rests. */
async function measure(t, apps, rest_ms) {
  const files = {};
  for (let i = 0; i < apps; ++i) files[`app${i}/pages/api/hello.js`] = handler;
  const brink = await startBrink(t, { files, config: {
    apps: Array.from({ length: apps }, (_, i) => (
      { name: `app${i}`, root: `app${i}`, hosts: [`app${i}.test`], min_workers: 1 })),
  } });
  const fresh = residentBytes(brink.pid);
  for (let i = 0; i < apps; ++i) {
    await until(async () => {
      const response = await brink.get('/api/hello', { headers: { host: `app${i}.test` } });
      return response.status === 200;
    }, 'the app to answer');
  }
  await sleep(rest_ms); // V8 gives back what it does not need, a spare is ready again
  const zygote = brink.zygote();
  const workers = brink.workers();
  const measured = {
    fresh, front: residentBytes(brink.pid), zygote: proportionalBytes(zygote),
    workers: workers.map(proportionalBytes), own: workers.map(privateBytes),
    total: [brink.pid, ...descendants(brink.pid)].reduce((sum, pid) => sum + proportionalBytes(pid), 0),
  };
  await brink.stop();
  return measured;
}

await bench({ apps: 20, rest_ms: 3000 }, async (t, { apps, rest_ms }) => {
  const few = await measure(t, 1, rest_ms);
  const many = await measure(t, apps, rest_ms);
  const further = (many.total - few.total) / (apps - 1);
  table([
    ['MiB', '1 app', `${apps} apps`],
    ['front, RSS, before the first request', mib(few.fresh), mib(many.fresh)],
    ['front, RSS, after', mib(few.front), mib(many.front)],
    ['zygote, PSS', mib(few.zygote), mib(many.zygote)],
    ['worker, PSS (median, spare included)', mib(median(few.workers)), mib(median(many.workers))],
    ['worker, its own pages (median)', mib(median(few.own)), mib(median(many.own))],
    ['all processes, PSS', mib(few.total), mib(many.total)],
  ]);
  console.log(`\neach further app: ${mib(further).toFixed(2)} MiB`);
  const front_mib = mib(few.front);
  const worker_mib = mib(median(many.workers));
  result('front-rss', front_mib.toFixed(2), 'MiB');
  result('idle-worker-pss', worker_mib.toFixed(2), 'MiB');
  result('each-further-app', mib(further).toFixed(2), 'MiB');
  const missed = [
    front_mib <= most.front_mib || `the front takes ${front_mib.toFixed(1)} MiB, not ${most.front_mib}`,
    worker_mib <= most.worker_mib || `a worker takes ${worker_mib.toFixed(1)} MiB, not ${most.worker_mib}`,
  ].filter((each) => each !== true);
  if (missed.length > 0) throw new Error(missed.join('; '));
});
