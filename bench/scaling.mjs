// How workers follow the load: requests offered, workers, latency; then down to none, and the cold start.
import { startBrink } from '../tests/e2e/lib/brink.mjs';
import { sleep, until } from '../tests/e2e/lib/wait.mjs';
import { bench, median, quantile, result, table } from './lib/bench.mjs';

const spares = 1;

await bench({
  workers: 4, burn_ms: 10, rates: '10,40,80,120,160,80,10', seconds: 5, idle_ms: 2000, cold: 10,
}, async (t, options) => {
  const brink = await startBrink(t, {
    config: { workers: options.workers, spares, worker_idle_ms: options.idle_ms, limits: { cpu_ms: 1000 } },
    files: {
      'pages/api/fine.js': 'export default () => new Response("fine");',
      'pages/api/burns.js': `export default () => {
        const end = performance.now() + ${options.burn_ms};
        let n = 0;
        while (n < 1e8 && performance.now() < end) n++;
        return new Response('fine');
      };`,
    },
  });
  const workers = () => brink.workers().length - spares;
  const time = async (path) => {
    const before = performance.now();
    const response = await brink.get(path);
    if (response.text !== 'fine') throw new Error(`${response.status} ${response.text}`);
    return performance.now() - before;
  };

  const rows = [['requests/s', 'served', 'failed', 'workers at the end', 'p50 ms', 'p99 ms']];
  for (const rate of options.rates.split(',').map(Number)) {
    const times = [];
    let failed = 0;
    const open = [];
    const began = performance.now();
    // An open loop: a late answer doesn't make the next request late.
    for (let i = 0; i < rate * options.seconds; i++) {
      const due_ms = began + i * 1000 / rate - performance.now();
      if (due_ms > 1) await sleep(due_ms);
      open.push(time('/api/burns').then((took) => times.push(took), () => { failed += 1; }));
    }
    const there = workers();
    await Promise.all(open);
    rows.push([String(rate), String(times.length), String(failed), String(there),
      quantile(times, 0.5), quantile(times, 0.99)]);
  }
  table(rows);

  const ended = performance.now();
  const none = async () => {
    await sleep(200); // a spare that was just taken comes back before that
    await until(() => workers() === 0, 'the workers to end', { timeout_ms: 60_000, every_ms: 50 });
  };
  await none();
  console.log(`\nno worker ${((performance.now() - ended) / 1000).toFixed(1)} s after the last request`
    + ` (worker_idle_ms ${options.idle_ms})`);
  const cold = [];
  const warm = [];
  for (let i = 0; i < options.cold; i++) {
    await none();
    cold.push(await time('/api/fine'));
    warm.push(await time('/api/fine'));
  }
  table([['first answer, ms', 'median', 'slowest'],
    ['cold: a spare loads the app', median(cold), quantile(cold, 1)],
    ['warm', median(warm), quantile(warm, 1)]]);
  result('cold-start', median(cold).toFixed(2), 'ms');
});
