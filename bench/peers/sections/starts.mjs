// From the start of the process to its first answer, and the memory it then has at rest.
import { sleep } from '../../../tests/e2e/lib/wait.mjs';
import { cpuSeconds, memory } from '../accounting.mjs';

export const title = 'Process start';

const id = 'W1';

export const seconds = (lab) =>
  lab.options.workloads.includes(id) ? lab.contenders(id).length * (lab.options.starts + 1) * 0.6 : 0;

export async function run(lab) {
  lab.results.starts = {};
  if (!lab.options.workloads.includes(id)) return;
  for (const name of lab.contenders(id)) {
    const result = (lab.results.starts[name] = { ms: [], cpu_ms: [] });
    try {
      // The first one brings the files into the page cache, and does not count.
      for (let i = 0; i <= lab.options.starts; ++i) {
        lab.progress.step('process starts', `${name}, ${i} of ${lab.options.starts}`, 0.6);
        await once(lab, name, i, result);
      }
    } catch (error) {
      result.failed = error.message;
      lab.say(`${name}: ${error.message}`);
    }
  }
  lab.save();
}

async function once(lab, name, i, result) {
  await lab.meter.rest();
  const server = await lab.server(name);
  try {
    const ms = await server.spawn().answers({ path: '/api/hello' });
    const cpu_ms = cpuSeconds(server.pid).all * 1000;
    if (i > 0) {
      result.ms.push(ms);
      result.cpu_ms.push(cpu_ms);
    }
    if (i === lab.options.starts) {
      await sleep(1500); // what follows the first answer has come to an end
      result.idle = memory(server.pid);
    }
  } finally {
    await lab.end(server);
  }
}
