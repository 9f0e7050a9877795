// What a second core brings: one cell on one core against two cells on two. Where no two cores are left for the
// load, a generator on each of these two drives both: then as many connections cross from core to core in both
// cases, and CPU time per request compares (see targets.mjs).
import { execFileSync } from 'node:child_process';
import path from 'node:path';

import { unusedPort } from '../../../tests/e2e/lib/origin.mjs';
import { rounds } from '../measure.mjs';
import { Server } from '../server.mjs';
import { workloads } from '../workloads.mjs';

export const title = 'Cells';

export const seconds = (lab) => 2 * lab.options.rounds * (lab.options.duration + 0.5);

const hasCells = (lab) =>
  execFileSync(lab.brink, ['serve', '--help'], { encoding: 'utf8' }).includes('--cells');

export async function run(lab) {
  if (!hasCells(lab)) return lab.skip('two cells', 'this brink has no --cells');
  if (lab.cores.shared) return lab.skip('two cells', 'there is one core only');
  const { rounds: count, duration, connections, warmup } = lab.options;
  const others = lab.cores.all.filter((core) => !lab.cores.pair.includes(core));
  const on = others.length < 2 ? lab.cores.pair : [others, others];
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
      on,
    });
    return run;
  });
  lab.results.cells = { beside: others.length < 2, one: results[servers[0].name], two: results[servers[1].name] };
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
