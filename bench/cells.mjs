// Throughput of two cells on two cores against one cell on one core. Each core has a load generator beside its cell,
// so that a second core brings a second of everything; and as cores differ (one's sibling may serve another guest),
// "one" is the mean of a cell on either.
import { startBrink } from '../tests/e2e/lib/brink.mjs';
import { allowedCores, descendants, proportionalBytes } from '../tests/e2e/lib/proc.mjs';
import { bench, median, result, table } from './lib/bench.mjs';
import { cpuTime_ns, pin, wrk } from './lib/cpu.mjs';

const leastRatio = 1.8;
const files = {
  'pages/api/hello.js': `export default (request) =>
    Response.json({ hello: request.nextUrl.searchParams.get('name') });`,
};

const family = (pid) => [pid, ...descendants(pid)];
const total = (list, what) => list.reduce((sum, each) => sum + what(each), 0);
const mib = (bytes) => (bytes / 1048576).toFixed(1);
const memory = ({ pid }) => total(family(pid), proportionalBytes);

/** A load generator on each of `cores`, at once: { requests_per_s, cpu_us } of all together. */
async function load(brink, cores, options) {
  const pids = family(brink.pid);
  const before_ns = total(pids, cpuTime_ns);
  const runs = await Promise.all(cores.map((core) =>
    wrk(`${brink.url}/api/hello?name=ada`, { ...options, on: String(core) })));
  const used_us = (total(pids, cpuTime_ns) - before_ns) / 1000;
  if (runs.some(({ failures }) => failures > 0)) throw new Error('requests failed');
  return {
    requests_per_s: total(runs, ({ requests, seconds }) => requests / seconds),
    cpu_us: used_us / total(runs, ({ requests }) => requests),
  };
}

await bench({ seconds: 2, connections: 64, rounds: 8 }, async (t, { seconds, connections, rounds }) => {
  const pair = allowedCores().slice(0, 2);
  if (pair.length < 2) throw new Error('two cells want two cores');
  const start = async (name, cores, ...args) => {
    const brink = await startBrink(t, { files, args });
    if (!args.includes('--pin-cells')) await pin(cores.join(), family(brink.pid));
    await load(brink, cores, { seconds: 1, connections }); // every worker is there before processes are counted
    return { name, brink, cores, runs: [] };
  };
  const setups = [
    await start('one cell, on the first core', pair.slice(0, 1)),
    await start('one cell, on the second core', pair.slice(1)),
    await start('two cells, each kept on its core', pair, '--cells', '2', '--pin-cells'),
    await start('two cells, on either core', pair, '--cells', '2'),
  ];
  const [first, second, kept] = setups;
  for (let round = 0; round < rounds; round++) {
    for (const { brink, cores, runs } of round % 2 ? setups.toReversed() : setups) {
      runs.push(await load(brink, cores, { seconds, connections }));
    }
  }
  // Ratios within a round, and the median of those: the machine's speed drifts.
  const times = ({ runs }, what) => median(runs.map((run, round) =>
    what(run) / ((what(first.runs[round]) + what(second.runs[round])) / 2)));
  const throughput = (setup) => times(setup, (run) => run.requests_per_s);
  const middle = ({ runs }, what) => median(runs.map(what));
  table([['', 'requests/s', 'x one', 'us of brink a request'], ...setups.map((setup) => [
    setup.name, Math.round(middle(setup, (run) => run.requests_per_s)).toString(), throughput(setup),
    middle(setup, (run) => run.cpu_us)])]);
  console.log(`\nmemory (PSS): one front with zygote, spare and worker ${mib(memory(first.brink))} MiB;`
    + ` two cells ${mib(memory(kept.brink))} MiB, of it their master ${mib(proportionalBytes(kept.brink.pid))} MiB`);
  console.log(JSON.stringify({ seconds, connections, rounds, setups: setups.map((setup) => ({
    name: setup.name, requests_per_s: middle(setup, (run) => run.requests_per_s), ratio: throughput(setup),
    cpu_us: middle(setup, (run) => run.cpu_us) })) }));
  const ratio = throughput(kept);
  result('cells', ratio.toFixed(2), 'x');
  if (!(ratio >= leastRatio)) {
    throw new Error(`two cells served ${ratio.toFixed(2)} times what one does, less than ${leastRatio}`);
  }
});
