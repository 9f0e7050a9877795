// What a fresh context for each request costs: CPU time per request with both values of "isolation".
import { executable, startBrink } from '../tests/e2e/lib/brink.mjs';
import { cpuTicks } from '../tests/e2e/lib/proc.mjs';
import { bench, median, result, table } from './lib/bench.mjs';

const tick_us = 10_000; // of /proc/PID/stat
const files = {
  'pages/api/hello.js': `let count = 0;
    export default () => new Response(String(++count));`,
};

/** CPU time of all workers for one request, in us: what a request costs, its context included. */
async function cpuPerRequest(brink, requests, clients) {
  const used = () => brink.workers().reduce((sum, pid) => sum + cpuTicks(pid), 0);
  let left = requests;
  const client = async () => {
    while (left-- > 0) {
      const { status } = await brink.get('/api/hello');
      if (status !== 200) throw new Error(`a request was answered ${status}`);
    }
  };
  const before = used();
  await Promise.all(Array.from({ length: clients }, client));
  return (used() - before) * tick_us / requests;
}

await bench({ requests: 3000, clients: 4, rounds: 3 }, async (t, { requests, clients, rounds }) => {
  const start = (isolation) => startBrink(t, { files, config: { isolation, limits: { cpu_ms: 1000 } } });
  const app = await start('app');
  const request = await start('request');
  const cost = { app: [], request: [] };
  for (let round = 0; round < rounds; round++) { // in turns: a busy machine is busy for both
    cost.app.push(await cpuPerRequest(app, requests, clients));
    cost.request.push(await cpuPerRequest(request, requests, clients));
  }
  const app_us = median(cost.app);
  const request_us = median(cost.request);
  table([
    [`${executable}, median of ${rounds} rounds of ${requests} requests`, 'us'],
    ['CPU time of the worker for a request, "isolation": "app"', app_us],
    ['the same, "isolation": "request"', request_us],
    ['difference: making a context, starting the app in it, collecting it', request_us - app_us],
  ]);
  console.log(`\na request costs ${(request_us / app_us).toFixed(1)} times as much with "request"`);
  console.log(JSON.stringify({
    app_us_per_request: app_us, request_us_per_request: request_us,
    ms_per_context: (request_us - app_us) / 1000, ratio: request_us / app_us,
  }));
  result('isolation', (request_us - app_us).toFixed(0), 'us');
});
