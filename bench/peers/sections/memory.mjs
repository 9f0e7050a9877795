// Memory at rest against the number of apps that were asked for something.
import { descendants, proportionalBytes, residentBytes } from '../../../tests/e2e/lib/proc.mjs';
import { unusedPort } from '../../../tests/e2e/lib/origin.mjs';
import { sleep } from '../../../tests/e2e/lib/wait.mjs';
import { memory } from '../accounting.mjs';
import { brinkWithApps, helloOf } from '../brink-apps.mjs';
import { request } from '../client.mjs';
import { workerdAppsPlan } from '../peers.mjs';
import { Server } from '../server.mjs';

export const title = 'Memory against apps';

const settle_ms = 1500;
// A process for each app: more of them show nothing new.
const greatestProcesses = 10;
const processPeers = ['deno', 'bun', 'node'];

const counts = (lab) => [
  ...new Set([1, 5, 10, 25, 50, 100].filter((n) => n < lab.options.apps).concat(lab.options.apps)),
];

export const seconds = (lab) =>
  counts(lab).reduce((sum, n) => sum + 2 * (2 + n * 0.02), 0) + processPeers.length * 5;

export async function run(lab) {
  const results = (lab.results.memory = { brink: [] });
  const step = (name, n) => lab.progress.step('memory', `${name}, ${n} apps`, 2 + n * 0.02);
  for (const n of counts(lab)) {
    step('brink', n);
    results.brink.push(await ofBrink(lab, n));
  }
  if (lab.contenders('W1').includes('workerd')) {
    results.workerd = [];
    for (const n of counts(lab)) {
      step('workerd', n);
      results.workerd.push(await ofWorkerd(lab, n));
    }
  }
  for (const name of processPeers.filter((peer) => lab.contenders('W1').includes(peer))) {
    step(name, greatestProcesses);
    results[name] = await ofProcesses(
      lab,
      name,
      counts(lab).filter((n) => n <= greatestProcesses),
    );
  }
  lab.save();
}

async function ofBrink(lab, n) {
  const server = await brinkWithApps(lab, n, { config: { worker_idle_ms: 3_600_000 } });
  try {
    await server.spawn().answers(helloOf(0));
    for (let i = 0; i < n; ++i) await ask(server.port, helloOf(i));
    await sleep(settle_ms);
    const others = descendants(server.pid);
    return {
      apps: n,
      proportional: memory(server.pid).proportional,
      front_resident: residentBytes(server.pid),
      workers_proportional: others.reduce((sum, pid) => sum + proportionalBytes(pid), 0),
      processes: others.length + 1,
    };
  } finally {
    await lab.end(server);
  }
}

async function ofWorkerd(lab, n) {
  const ports = [];
  for (let i = 0; i < n; ++i) ports.push(await unusedPort());
  const plan = workerdAppsPlan(lab, ports);
  if (n === 1) lab.note('workerd, an isolate for each app', plan);
  const server = lab.own(
    new Server({
      name: `workerd-${n}-apps`,
      plan,
      port: ports.at(-1),
      cores: lab.cores.server,
      folder: lab.folder,
    }),
  );
  try {
    await server.spawn().answers({ path: '/api/hello' });
    for (const port of ports) await ask(port, { path: '/api/hello' });
    await sleep(settle_ms);
    return { apps: n, proportional: memory(server.pid).proportional };
  } finally {
    await lab.end(server);
  }
}

async function ofProcesses(lab, name, wanted) {
  const servers = [];
  const points = [];
  try {
    for (const n of wanted) {
      while (servers.length < n) {
        const server = await lab.server(name);
        servers.push(server);
        await server.spawn().answers({ path: '/api/hello' });
      }
      await sleep(settle_ms);
      const total = servers.reduce((sum, server) => sum + memory(server.pid).proportional, 0);
      points.push({ apps: n, proportional: total });
    }
    return points;
  } finally {
    for (const server of servers) await lab.end(server);
  }
}

async function ask(port, options) {
  const { status } = await request(port, options);
  if (status !== 200) throw new Error(`answered ${status}`);
}
