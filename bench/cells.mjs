// Throughput of two cells on two cores against one cell on one core, the load generator among them.
import { startBrink } from '../tests/e2e/lib/brink.mjs';
import { children, descendants, proportionalBytes } from '../tests/e2e/lib/proc.mjs';
import { sleep, until } from '../tests/e2e/lib/wait.mjs';
import { bench, median, result, table } from './lib/bench.mjs';
import { cores, cpuPerRequest, pin, wrk } from './lib/cpu.mjs';

const leastRatio = 1.8;
const files = {
  'pages/api/hello.js': `export default (request) =>
    Response.json({ hello: request.nextUrl.searchParams.get('name') });`,
};

const family = (pid) => [pid, ...descendants(pid)];
const mib = (bytes) => (bytes / 1048576).toFixed(1);
const memory = (pids) => pids.reduce((sum, pid) => sum + proportionalBytes(pid), 0);

await bench({ seconds: 2, connections: 64, rounds: 8 }, async (t, { seconds, connections, rounds }) => {
  if (cores < 2) throw new Error('two cells want two cores');
  const start = (count) => startBrink(t, { files, args: ['--cells', String(count)] });
  const one = await start(1);
  const two = await start(2);
  const twoPinned = await start(2);
  // Every worker is there before processes are counted and pinned.
  for (const brink of [one, two, twoPinned]) {
    await wrk(`${brink.url}/api/hello`, { seconds: 1, connections });
  }
  await sleep(500);
  const both = '0,1';
  const setups = [
    { name: 'one cell and the load on one core', brink: one, on: '0', threads: 1, x: 1,
      place: () => pin('0', family(one.pid)) },
    { name: 'two cells and the load on two', brink: two, on: both, threads: 2, x: 2,
      place: () => pin(both, family(two.pid)) },
    { name: 'the same, each cell kept on its core', brink: twoPinned, on: both, threads: 2, x: 2,
      place: async () => {
        const cells = await until(() => children(twoPinned.pid).length === 2 && children(twoPinned.pid), 'cells');
        for (const [core, cell] of cells.entries()) await pin(String(core), family(cell));
      } },
    { name: 'one cell and the load on two', brink: one, on: both, threads: 2, x: 2,
      place: () => pin(both, family(one.pid)) },
  ];
  const runs = setups.map(() => []);
  for (let round = 0; round < rounds; round++) {
    const order = [...setups.keys()];
    for (const i of round % 2 ? order.toReversed() : order) {
      const { brink, on, threads, x, place } = setups[i];
      await place();
      runs[i].push(await cpuPerRequest(`${brink.url}/api/hello?name=ada`, family(brink.pid),
        { seconds, connections: connections * x, threads, on }));
    }
  }
  // Ratios within a round, and the median of those: the machine's speed drifts.
  const times = (i, what) => median(runs[i].map((run, round) => what(run, runs[0][round])));
  const throughput = (i) => times(i, (run, first) => run.requests_per_s / first.requests_per_s);
  const rows = [['', 'requests/s', 'x the first', 'us of brink a request']];
  for (const [i, { name }] of setups.entries()) {
    rows.push([name, Math.round(median(runs[i].map((run) => run.requests_per_s))).toString(),
      throughput(i), median(runs[i].map((run) => run.cpu_us))]);
  }
  table(rows);
  const capacity = times(1, (run, first) => 2 * first.cpu_us / run.cpu_us);
  console.log(`\nby CPU time alone two cells on two cores are worth ${capacity.toFixed(2)} times one on one`);
  console.log(`memory (PSS): one front with zygote, spare and worker ${mib(memory(family(one.pid)))} MiB;`
    + ` two cells ${mib(memory(family(two.pid)))} MiB, of it their master ${mib(proportionalBytes(two.pid))} MiB`);
  const ratio = throughput(1);
  console.log(JSON.stringify({ seconds, connections, rounds, setups: setups.map(({ name }, i) => ({
    name, requests_per_s: median(runs[i].map((run) => run.requests_per_s)), ratio: throughput(i),
    cpu_us: median(runs[i].map((run) => run.cpu_us)) })), capacity }));
  result('cells', ratio.toFixed(2), 'x');
  if (!(ratio >= leastRatio)) {
    throw new Error(`two cells served ${ratio.toFixed(2)} times what one does, less than ${leastRatio}`);
  }
});
