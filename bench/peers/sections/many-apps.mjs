// Whether a request costs more when many apps are configured: 10 of them active, the others never asked.
import { brinkWithApps, helloOf, hostOf } from '../brink-apps.mjs';
import { rounds } from '../measure.mjs';
import { workloads } from '../workloads.mjs';

export const title = 'Apps configured';

const configured = [1, 10, 100, 1000];
const active = 10;

export const seconds = (lab) => configured.length * lab.options.rounds * (lab.options.duration + 0.5) + 5;

export async function run(lab) {
  const { rounds: count, duration, connections, warmup } = lab.options;
  const servers = [];
  for (const apps of configured) {
    const server = await brinkWithApps(lab, apps, { config: { worker_idle_ms: 3_600_000 } });
    server.hosts = Array.from({ length: Math.min(active, apps) }, (_, i) => hostOf(i));
    await server.spawn().answers(helloOf(0));
    await lab.load.run({
      port: server.port,
      workload: workloads.W1,
      connections,
      seconds: warmup,
      hosts: server.hosts,
    });
    servers.push(server);
  }
  const results = await rounds(servers, count, async (server, round) => {
    lab.progress.step(`apps configured, round ${round + 1} of ${count}`, server.name, duration + 0.5);
    const { curve, ...run } = await lab.meter.run(server, {
      workload: workloads.W1,
      connections,
      seconds: duration,
      hosts: server.hosts,
    });
    return run;
  });
  lab.results.manyApps = {
    active,
    peers: Object.fromEntries(configured.map((apps, i) => [apps, results[servers[i].name]])),
  };
  for (const server of servers) await lab.end(server);
  lab.save();
}
