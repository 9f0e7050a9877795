// Throughput against the number of connections.
import { rounds } from '../measure.mjs';
import { workloads } from '../workloads.mjs';
import { startAll } from './latency.mjs';

export const title = 'Throughput against connections';

const id = 'W1';
// Slow ones would only press the curves of the others to the top.
const left = new Set(['edge-runtime', 'next-proxy', 'next-middleware']);
const names = (lab) => lab.contenders(id).filter((name) => !left.has(name));
const wanted = (lab) => lab.options.workloads.includes(id);
const duration = (lab) => Math.min(2, lab.options.duration);
const count = (lab) => Math.min(2, lab.options.rounds);

export const seconds = (lab) =>
  wanted(lab) ? names(lab).length * lab.options.steps.length * count(lab) * (duration(lab) + 0.5) : 0;

export async function run(lab) {
  if (!wanted(lab)) return;
  const servers = await startAll(lab, names(lab), workloads[id]);
  lab.results.connections = { workload: id, steps: [] };
  for (const connections of lab.options.steps) {
    const results = await rounds(servers, count(lab), async (server) => {
      lab.progress.step(`throughput at ${connections} connections`, server.name, duration(lab) + 0.5);
      const { curve, ...run } = await lab.meter.run(server, {
        workload: workloads[id],
        connections,
        seconds: duration(lab),
      });
      return run;
    });
    lab.results.connections.steps.push({ connections, peers: results });
    lab.save();
  }
  for (const server of servers) await lab.end(server);
}
