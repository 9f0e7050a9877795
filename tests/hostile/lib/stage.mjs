// One brink with every hostile script as a handler, its origin, and eyes on its workers.
import { fileURLToPath } from 'node:url';

import { startBrink } from '../../e2e/lib/brink.mjs';
import { until } from '../../e2e/lib/wait.mjs';
import { startThread } from './thread.mjs';

const threadFile = (name) => fileURLToPath(new URL(name, import.meta.url));

// What a good request gets is an answer that only its own query can have made.
export const goodHandler = { path: '/api/good', answer: 'good ' };
export const proxiedPage = { path: '/page', answer: 'page ' };

const good = `export default (request) =>
  new Response('good ' + new URL(request.url).searchParams.get('n'));`;

/** Starts them: { brink, origin (its URL), watch (calls of watch-thread.mjs), blank_bytes }. */
export async function setStage(t, scripts, config) {
  const callOrigin = await startThread(t, threadFile('origin-thread.mjs'));
  const origin = await callOrigin('url');
  const files = { 'pages/api/good.js': good };
  for (const { name, source } of scripts) files[`pages/api/${name}.js`] = source;
  const brink = await startBrink(t, { origin, config, files });
  const processes = (config.workers ?? 1) + (config.spares ?? 1);
  await until(() => brink.workers().length === processes, 'all workers to be there');
  const watch = await startThread(t, threadFile('watch-thread.mjs'), { zygote: brink.zygote() });
  return { brink, origin, watch, blank_bytes: await blankWorker(watch) };
}

/** Memory of a worker with no app: the least of all, once it has not changed for a while. */
async function blankWorker(watch) {
  let last = 0;
  let same = 0;
  return until(async () => {
    const least = Math.min(...(await watch('round')).map((worker) => worker.now_bytes));
    same = least === last ? same + 1 : 0;
    last = least;
    return same >= 10 && last > 0 ? last : undefined;
  }, 'a spare to be ready');
}
