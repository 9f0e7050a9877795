// The first request of an app that never ran, against the next one on the same connection.
import { unusedPort } from '../../../tests/e2e/lib/origin.mjs';
import { sleep } from '../../../tests/e2e/lib/wait.mjs';
import { brinkWithApps, helloOf } from '../brink-apps.mjs';
import { Connection } from '../client.mjs';
import { workerdLoaderPlan } from '../peers.mjs';
import { Server } from '../server.mjs';

export const title = 'First hit on an app';

// Time for a spare to be there again after one was taken.
const pause_ms = 200;

export const seconds = (lab) => lab.options.apps * 2 * (pause_ms / 1000 + 0.05);

export async function run(lab) {
  lab.results.firstHit = {};
  const count = lab.options.apps;
  const brink = await brinkWithApps(lab, count);
  await measure(lab, brink, 'brink', helloOf(0), helloOf);
  if (lab.contenders('W1').includes('workerd')) {
    const port = await unusedPort();
    const plan = workerdLoaderPlan(lab, port);
    lab.note('workerd, worker loader', plan);
    const server = lab.own(
      new Server({ name: 'workerd-loader', plan, port, cores: lab.cores.server, folder: lab.folder }),
    );
    const app = (i) => ({ path: `/?id=app${i}` });
    await measure(lab, server, 'workerd', app(0), app);
  }
  lab.save();
}

async function measure(lab, server, name, ready, app) {
  const result = (lab.results.firstHit[name] = { first_ms: [], warm_ms: [] });
  try {
    await server.spawn().answers(ready);
    const connection = await Connection.open(server.port);
    for (let i = 1; i < lab.options.apps; ++i) {
      lab.progress.step('first hits', `${name}, app ${i}`, pause_ms / 1000 + 0.05);
      await sleep(pause_ms);
      result.first_ms.push(await timed(connection, app(i)));
      await timed(connection, app(i));
      result.warm_ms.push(await timed(connection, app(i)));
    }
    connection.close();
  } catch (error) {
    result.failed = error.message;
    lab.say(`first hits, ${name}: ${error.message}`);
  } finally {
    await lab.end(server);
  }
}

async function timed(connection, options) {
  const { status, elapsed_ms } = await connection.request(options);
  if (status !== 200) throw new Error(`answered ${status}`);
  return elapsed_ms;
}
