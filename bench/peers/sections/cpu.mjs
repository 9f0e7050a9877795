// CPU time per request for each workload: interleaved rounds over all peers.
import { rounds } from '../measure.mjs';
import { references } from '../targets.mjs';
import { workloads } from '../workloads.mjs';

export const title = 'CPU time per request';

/** Peers that a target names run in every round, the others in each fourth: they are for orientation. */
const often =
  (id) =>
  ({ name }, round) =>
    round % 4 === 0 || references(id).has(name);

const selected = (lab) => lab.options.workloads;

function runsOf(lab, id) {
  const { rounds: count } = lab.options;
  return lab
    .contenders(id)
    .reduce((sum, name) => sum + (references(id).has(name) ? count : Math.ceil(count / 4)), 0);
}

export const seconds = (lab) =>
  selected(lab).reduce(
    (sum, id) =>
      sum + runsOf(lab, id) * (lab.options.duration + 0.5) + lab.contenders(id).length * lab.options.warmup,
    0,
  );

export async function run(lab) {
  const servers = { false: new Map(), true: new Map() };
  const failed = new Map();
  for (const id of selected(lab)) {
    const plain = Boolean(workloads[id].plain);
    const ready = [];
    lab.results.cpu[id] = {};
    for (const name of lab.contenders(id)) {
      const server = await startOnce(lab, servers[plain], failed, name, plain);
      const wrong = failed.get(`${name} ${plain}`) ?? (await server.objection(workloads[id]));
      if (wrong) {
        lab.results.cpu[id][name] = { runs: [], failed: wrong };
        lab.say(`${name}, ${id}: ${wrong}`);
        continue;
      }
      await load(lab, server, id, lab.options.warmup, 'warming up');
      ready.push(server);
    }
    const each = async (server, round) => {
      step(
        lab,
        `${id}, round ${round + 1} of ${lab.options.rounds}`,
        server.name,
        lab.options.duration + 0.5,
      );
      const { curve, ...run } = await lab.meter.run(server, {
        workload: workloads[id],
        connections: lab.options.connections,
        seconds: lab.options.duration,
      });
      return run;
    };
    Object.assign(lab.results.cpu[id], await rounds(ready, lab.options.rounds, each, often(id)));
    lab.save();
  }
  for (const server of [...servers.false.values(), ...servers.true.values()]) await lab.end(server);
}

const step = (lab, part, what, duration) => lab.progress.step(part, what, duration);

async function startOnce(lab, started, failed, name, plain) {
  if (started.has(name) || failed.has(`${name} ${plain}`)) return started.get(name);
  const server = await lab.server(name, { plain });
  try {
    await server.spawn().answers({ path: plain ? '/page.html' : '/api/hello' });
    started.set(name, server);
  } catch (error) {
    failed.set(`${name} ${plain}`, error.message);
    await lab.end(server);
  }
  return server;
}

async function load(lab, server, id, duration, what) {
  step(lab, id, `${what}: ${server.name}`, duration);
  const { connections } = lab.options;
  const { command, files } = await lab.load.run({
    port: server.port,
    workload: workloads[id],
    connections,
    seconds: duration,
  });
  lab.note(`load, ${id}`, { command, files });
}
