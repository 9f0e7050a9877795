// CPU time per request and memory of a front with 1, 10, 100 and 1,000 apps, 10 of them active.
import { startBrink } from '../tests/e2e/lib/brink.mjs';
import { tempDir, writeFiles } from '../tests/e2e/lib/files.mjs';
import { proportionalBytes } from '../tests/e2e/lib/proc.mjs';
import { sleep } from '../tests/e2e/lib/wait.mjs';
import { bench, median, result, table } from './lib/bench.mjs';
import { cores, cpuPerRequest, pin } from './lib/cpu.mjs';

const greatestRatio = 1.05;
const handler = "export default () => Response.json({ hello: 'world' });";

const host = (app) => `app${app}.test`;

/** A front with this many apps, each with a folder and a host of its own; `active` of them warm. */
async function startApps(t, count, active) {
  const dir = tempDir(t);
  const apps = Array.from({ length: count }, (_, i) => ({
    name: `app${i}`, root: `app${i}`, hosts: [host(i)], paths: ['/', `/only${i}`],
  }));
  writeFiles(dir, Object.fromEntries(apps.map(({ root }) => [`${root}/pages/api/hello.js`, handler])));
  const brink = await startBrink(t, { dir, config: { apps, spares: 1, worker_idle_ms: 3_600_000 } });
  await sleep(300);
  const front_bytes = proportionalBytes(brink.pid);
  // Those that are active are spread over all.
  const hosts = Array.from({ length: active }, (_, i) => host(Math.floor(i * count / active)));
  for (const name of hosts) {
    const { status } = await brink.get('/api/hello', { headers: { host: name } });
    if (status !== 200) throw new Error(`${name} answered ${status}`);
  }
  const script = `${dir}/load.lua`;
  writeFiles(dir, { 'load.lua': `local requests, at = {}, 0
    init = function()
      for _, host in ipairs({ ${hosts.map((name) => JSON.stringify(name)).join(', ')} }) do
        requests[#requests + 1] = wrk.format('GET', '/api/hello', { Host = host })
      end
    end
    request = function() at = at % #requests + 1; return requests[at] end\n` });
  return { count, active, brink, script, front_bytes, url: `${brink.url}/api/hello` };
}

await bench({ counts: '1,10,100,1000', active: 10, seconds: 2, connections: 64, rounds: 8 },
  async (t, options) => {
    const { active, seconds, connections, rounds } = options;
    const counts = options.counts.split(',').map(Number);
    const fronts = [];
    for (const count of counts) {
      fronts.push(await startApps(t, count, Math.min(active, count)));
      // Ten requests at a time to one app's worker cost less each than one to each of ten: so one
      // app among many is compared with one app alone, and ten with ten.
      if (count > 1) fronts.push(await startApps(t, count, 1));
    }
    await sleep(1000);
    const [here, there] = cores > 1 ? ['0', '1'] : [];
    const costs = new Map(fronts.map((front) => [front, []]));
    for (let round = 0; round < rounds; round++) { // A B C C B A: a machine that drifts does so for all
      for (const front of round % 2 ? fronts.toReversed() : fronts) {
        const pids = [front.brink.pid, ...front.brink.workers()];
        if (round === 0 && here) await pin(here, pids);
        costs.get(front).push(await cpuPerRequest(front.url, pids,
          { seconds, connections, script: front.script, on: there }));
      }
    }
    const least = (of) => fronts.filter((front) => front.active === of)[0];
    // The median of what each round says: both halves of a ratio are minutes apart otherwise.
    const ratio = (front, base) => median(costs.get(front).map(({ cpu_us }, i) =>
      cpu_us / costs.get(base)[i].cpu_us));
    const rows = [['apps', 'active', 'us a request', 'of the front', 'x fewest apps', 'front MiB (PSS)']];
    let worst = 0;
    const figures = [];
    for (const front of fronts) {
      const times = ratio(front, least(front.active));
      worst = Math.max(worst, times);
      const cpu_us = median(costs.get(front).map((cost) => cost.cpu_us));
      const front_us = median(costs.get(front).map((cost) => cost.by[0]));
      rows.push([String(front.count), String(front.active), cpu_us, front_us, times,
        front.front_bytes / 1048576]);
      figures.push({ apps: front.count, active: front.active, cpu_us, front_us, ratio: times });
    }
    table(rows);
    const [few, many] = [fronts[0], fronts.at(-1)];
    const perApp = (many.front_bytes - few.front_bytes) / (many.count - few.count);
    const ten = fronts.find((front) => front.active > 1);
    console.log(`\nmemory of the front for each app that is configured: ${(perApp / 1024).toFixed(1)} KiB`);
    if (ten) {
      console.log(`${ten.active} active apps against one, same load: ${ratio(ten, few).toFixed(2)} times the`
        + ' CPU time, since each worker has fewer requests at a time');
    }
    console.log(JSON.stringify({ seconds, connections, rounds, figures, bytes_per_app: perApp }));
    result('apps-ratio', worst.toFixed(3), 'x');
    if (!(worst <= greatestRatio)) {
      throw new Error(`more apps made a request cost ${worst.toFixed(3)} times as much, over ${greatestRatio}`);
    }
  });
