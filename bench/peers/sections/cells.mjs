// What a second core brings: one cell on one core against two cells on two. The load wants cores of its own: beside
// the cells it would decide by its own wake-ups how many requests they handle at once (docs/cells.md).
import { execFileSync } from 'node:child_process';
import path from 'node:path';

import { unusedPort } from '../../../tests/e2e/lib/origin.mjs';
import { rounds } from '../measure.mjs';
import { Server } from '../server.mjs';
import { workloads } from '../workloads.mjs';

export const title = 'Cells';

/** Cores that are not the cells'. */
const loadCores = ({ cores: { all, pair } }) => all.filter((core) => !pair.includes(core));
const leastLoadCores = 2;

export const seconds = (lab) =>
  loadCores(lab).length < leastLoadCores ? 0 : 2 * lab.options.rounds * (lab.options.duration + 0.5);

const hasCells = (lab) =>
  execFileSync(lab.brink, ['serve', '--help'], { encoding: 'utf8' }).includes('--cells');

export async function run(lab) {
  if (!hasCells(lab)) return lab.skip('two cells', 'this brink has no --cells');
  const { rounds: count, duration, connections, warmup } = lab.options;
  const others = loadCores(lab);
  if (others.length < leastLoadCores) {
    return lab.skip('two cells', `two cells and their load want four cores, there are ${lab.cores.all.length}`);
  }
  const servers = [];
  for (const cells of [1, 2]) {
    const server = await withCells(lab, cells);
    await server.spawn().answers({ path: '/api/hello' });
    await lab.load.run({ port: server.port, workload: workloads.W1, connections, seconds: warmup });
    servers.push(server);
  }
  const results = await rounds(servers, count, async (server, round) => {
    lab.progress.step(`cells, round ${round + 1} of ${count}`, server.name, duration + 0.5);
    const { curve, ...run } = await lab.meter.run(server, {
      workload: workloads.W1,
      connections,
      seconds: duration,
      on: [others, others],
    });
    return run;
  });
  lab.results.cells = { one: results[servers[0].name], two: results[servers[1].name] };
  for (const server of servers) await lab.end(server);
  return lab.save();
}

async function withCells(lab, cells) {
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
    '--cells',
    String(cells),
  ];
  lab.note(`brink with ${cells} cell${cells === 1 ? '' : 's'}`, { command });
  const cores = cells === 1 ? lab.cores.server : lab.cores.pair;
  return lab.own(
    new Server({ name: `brink-${cells}-cells`, plan: { command }, port, cores, folder: lab.folder }),
  );
}
