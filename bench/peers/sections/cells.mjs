// What a second core brings: two cells, each kept on its core with a load generator beside it, against one cell on one
// core with its load. Cores differ (one's sibling may serve another guest), so "one" is the mean of both cores.
import path from 'node:path';

import { unusedPort } from '../../../tests/e2e/lib/origin.mjs';
import { rounds } from '../measure.mjs';
import { Server } from '../server.mjs';
import { workloads } from '../workloads.mjs';

export const title = 'Cells';

const placements = ({ cores: { pair } }) => [
  { label: 'one cell, first core', name: 'brink-1-cell-first', cores: pair.slice(0, 1), args: [] },
  { label: 'one cell, second core', name: 'brink-1-cell-second', cores: pair.slice(1), args: [] },
  { label: 'two cells', name: 'brink-2-cells', cores: pair, args: ['--cells', '2', '--pin-cells'] },
];

export const seconds = (lab) =>
  lab.cores.shared ? 0 : placements(lab).length * lab.options.rounds * (lab.options.duration + 0.5);

export async function run(lab) {
  if (lab.cores.shared) return lab.skip('two cells', 'two cells want two cores, there is one');
  const { rounds: count, duration, connections, warmup } = lab.options;
  const servers = [];
  for (const placement of placements(lab)) {
    const server = await start(lab, placement);
    await server.spawn().answers({ path: '/api/hello' });
    const load = { workload: workloads.W1, connections, seconds: warmup, on: placement.cores };
    await lab.load.run({ port: server.port, ...load });
    servers.push(server);
  }
  const results = await rounds(servers, count, async (server, round) => {
    lab.progress.step(`cells, round ${round + 1} of ${count}`, server.name, duration + 0.5);
    const { curve, ...run } = await lab.meter.run(server, {
      workload: workloads.W1,
      connections,
      seconds: duration,
      on: server.cores,
      beside: true,
    });
    return run;
  });
  const [first, second, two] = servers.map(({ name }) => results[name]);
  lab.results.cells = { one: meanOf(first, second), two };
  for (const server of servers) await lab.end(server);
  return lab.save();
}

/** The mean of two servers' figures, round by round. */
function meanOf(a, b) {
  const runs = a.runs.flatMap((run) => {
    const other = b.runs.find(({ round }) => round === run.round);
    if (!other) return [];
    const mean = (key) => (run[key] + other[key]) / 2;
    return [{ round: run.round, rps: mean('rps'), cpu_us: mean('cpu_us'), each: [run, other] }];
  });
  return { runs, failed: a.failed ?? b.failed };
}

async function start(lab, { label, name, cores, args }) {
  const port = await unusedPort();
  const command = [
    lab.brink,
    'serve',
    path.join(import.meta.dirname, '../apps/brink'),
    '--listen',
    `127.0.0.1:${port}`,
    '--origin',
    `http://127.0.0.1:${lab.origin.port}`,
    '--access-log',
    path.join(lab.folder, `brink-${port}-access.log`),
    ...args,
  ];
  lab.note(`brink with ${label}, on core ${cores.join(' and ')}`, { command });
  return lab.own(new Server({ name, plan: { command }, port, cores, folder: lab.folder, ownSession: false }));
}
