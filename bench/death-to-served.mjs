// From a worker's death to the answer of the next request that a script serves, in ms; median at most 15.
import { startBrink } from '../tests/e2e/lib/brink.mjs';
import { isAlive, signal } from '../tests/e2e/lib/proc.mjs';
import { sleep, until } from '../tests/e2e/lib/wait.mjs';
import { bench, median, quantile, result, summary, table } from './lib/bench.mjs';

const limit_ms = 15;

await bench({ kills: 100, pause_ms: 150 }, async (t, { kills, pause_ms }) => {
  const brink = await startBrink(t, {
    config: { log_level: 'debug' },
    files: { 'pages/api/fine.js': 'export default () => new Response("fine");' },
  });
  const request = async () => {
    const response = await brink.get('/api/fine');
    if (response.text !== 'fine') throw new Error(`${response.status} ${response.text}`);
  };
  const serving = () => {
    const pids = [...brink.stderr.matchAll(/worker serves pid=(\d+)/g)].map(([, pid]) => Number(pid));
    return pids.filter(isAlive).at(-1);
  };
  const warm = [];
  const times = [];
  for (let i = 0; i < kills; i++) {
    const pid = await until(serving, 'a worker that serves');
    await request();
    const before = performance.now();
    await request();
    warm.push(performance.now() - before);
    signal(pid, 'SIGKILL');
    const killed = performance.now();
    await request();
    times.push(performance.now() - killed);
    await sleep(pause_ms); // until a spare is there again
  }
  table([
    ['ms', 'median', 'p99'],
    ['a request to a worker that is there', median(warm), quantile(warm, 0.99)],
    ['from SIGKILL to the next answer', median(times), quantile(times, 0.99)],
  ]);
  console.log(`\n${summary(times)}`);
  result('death-to-served', median(times).toFixed(2), 'ms');
  if (!(median(times) <= limit_ms)) throw new Error(`the median is above ${limit_ms} ms`);
});
