// Latency: one connection at a time, and requests that come at random at a fixed rate.
import { rounds } from '../measure.mjs';
import { workloads } from '../workloads.mjs';

export const title = 'Latency';

const measurements = {
  single: { part: 'latency at 1 connection', workload: 'W1', load: () => ({ connections: 1 }) },
  poisson: {
    part: 'latency at a fixed rate',
    workload: 'W3',
    openLoop: true,
    // So few requests need more time before a p99 says anything.
    times: 3,
    load: ({ rate }) => ({ connections: 32, rate }),
  },
};

const runSeconds = ({ options }, { times = 1 }) => (options.quick ? 1 : times) * options.duration;

// Each round for those that the targets compare, each fourth for the others.
const often = ({ name }, round) => round % 4 === 0 || name === 'brink' || name === 'nginx';

const possible = (lab) =>
  Object.entries(measurements).filter(
    ([, { openLoop, workload }]) =>
      lab.options.workloads.includes(workload) && (!openLoop || lab.load.openLoop),
  );

const runs = (lab, id) =>
  lab
    .contenders(id)
    .reduce(
      (sum, name) =>
        sum + (name === 'brink' || name === 'nginx' ? lab.options.rounds : Math.ceil(lab.options.rounds / 4)),
      0,
    );

export const seconds = (lab) =>
  possible(lab).reduce((sum, [, one]) => sum + runs(lab, one.workload) * (runSeconds(lab, one) + 0.5), 0);

export async function run(lab) {
  const { rounds: count } = lab.options;
  lab.results.latency = {};
  if (!lab.load.openLoop && lab.options.workloads.includes(measurements.poisson.workload)) {
    lab.skip('latency at a fixed rate', `${lab.load.name} has no open loop`);
  }
  for (const [name, measurement] of possible(lab)) {
    const { part, workload: id, load } = measurement;
    const duration = runSeconds(lab, measurement);
    const workload = workloads[id];
    const servers = await startAll(lab, lab.contenders(id), workload);
    const options = { workload, seconds: duration, ...load(lab.options) };
    const results = await rounds(
      servers,
      count,
      (server, round) => {
        lab.progress.step(`${part}, round ${round + 1} of ${count}`, server.name, duration + 0.5);
        return lab.meter.run(server, options);
      },
      often,
    );
    lab.results.latency[name] = { workload: id, ...load(lab.options), peers: results };
    for (const server of servers) await lab.end(server);
    lab.save();
  }
}

/** Those of the peers that start and answer the workload right, warmed up. */
export async function startAll(lab, names, workload) {
  const servers = [];
  for (const name of names) {
    const server = await lab.server(name);
    try {
      await server.spawn().answers({ path: workload.path, headers: workload.headers });
      const wrong = await server.objection(workload);
      if (wrong) throw new Error(wrong);
      await lab.load.run({ port: server.port, workload, connections: 8, seconds: lab.options.warmup });
      servers.push(server);
    } catch (error) {
      lab.say(`${name}: ${error.message}`);
      await lab.end(server);
    }
  }
  return servers;
}
