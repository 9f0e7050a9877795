// brink beside nginx, haproxy, Deno, Bun, workerd, Node and Next.js: an HTML report, with each target's verdict.
import { execFileSync } from 'node:child_process';
import { mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { executable } from '../tests/e2e/lib/brink.mjs';
import { repository } from '../tests/e2e/lib/files.mjs';
import { bench } from './lib/bench.mjs';
import { chooseCores, moveTo } from './peers/cores.mjs';
import { installPeers } from './peers/install.mjs';
import { Lab } from './peers/lab.mjs';
import { loadGenerator } from './peers/load.mjs';
import { describeMachine } from './peers/machine.mjs';
import { Meter } from './peers/measure.mjs';
import { obstacle, peers } from './peers/peers.mjs';
import { Progress } from './peers/progress.mjs';
import { judge } from './peers/targets.mjs';
import { printVerdicts } from './peers/verdicts.mjs';
import { workloads } from './peers/workloads.mjs';
import { writeReport } from './report/report.mjs';

const sectionNames = ['cpu', 'latency', 'connections', 'starts', 'first-hit', 'memory', 'many-apps', 'cells'];

const defaults = {
  quick: false,
  peers: '',
  workloads: '',
  parts: '',
  rounds: 8,
  duration: 4,
  warmup: 2,
  starts: 10,
  apps: 50,
  connections: 64,
  rate: 200,
  'quiet-seconds': 30,
  'quiet-total': 600,
  load: '',
  out: path.join(repository, 'build/bench/peers'),
};
// A minute for everything: enough to see that it works, not to compare anything.
const quick = { rounds: 1, duration: 1, warmup: 1, starts: 2, apps: 10, 'quiet-seconds': 0 };
const quickPeers = ['brink', 'nginx', 'haproxy', 'deno', 'bun'];

/** The names in "a,b"; all that are known when there are none. */
function chosen(what, text, known, byDefault = known) {
  if (text === '') return byDefault;
  const names = text.split(',').map((name) => name.trim());
  for (const name of names) {
    if (!known.includes(name))
      throw new Error(`there is no ${what} '${name}'; there are ${known.join(', ')}`);
  }
  return names;
}

function readOptions(given) {
  const values = given.quick
    ? {
        ...given,
        ...Object.fromEntries(Object.entries(quick).filter(([key]) => given[key] === defaults[key])),
      }
    : given;
  const others = chosen(
    'peer',
    values.peers,
    Object.keys(peers),
    values.quick ? quickPeers : Object.keys(peers),
  );
  return {
    ...values,
    peers: [...new Set(['brink', ...others])],
    workloads: chosen('workload', values.workloads, Object.keys(workloads)),
    parts: chosen('part', values.parts, sectionNames),
    rounds: Math.max(1, values.rounds),
    duration: Math.max(1, Math.round(values.duration)),
    warmup: Math.max(1, Math.round(values.warmup)),
    apps: Math.max(2, values.apps),
    steps: values.quick ? [1, 16, 64] : [1, 4, 16, 64, 256, 1024],
  };
}

const commit = () => {
  try {
    return execFileSync('git', ['-C', repository, 'describe', '--always', '--dirty', '--abbrev=12'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return undefined; // not a checkout
  }
};

/** Leaves out the peers that cannot run here, says why, and prepares the others. */
async function prepare(lab) {
  lab.missing = {};
  lab.results.versions = {};
  for (const name of lab.options.peers) {
    try {
      const why = obstacle(lab, name);
      if (why) throw new Error(why);
      await peers[name].prepare?.(lab);
      lab.results.versions[name] = peers[name].version(lab);
    } catch (error) {
      lab.missing[name] = error.message;
      lab.skip(peers[name].label, error.message);
    }
  }
}

async function runParts(lab) {
  const sections = await Promise.all(lab.options.parts.map((name) => import(`./peers/sections/${name}.mjs`)));
  lab.progress.begin(sections.reduce((sum, section) => sum + section.seconds(lab), 0));
  for (const section of sections) {
    try {
      await section.run(lab);
    } catch (error) {
      lab.skip(section.title, error.message);
    }
    await lab.endAllButOrigin();
  }
}

await bench(defaults, async (t, given) => {
  const options = readOptions(given);
  const out = path.resolve(options.out);
  mkdirSync(out, { recursive: true });
  const progress = new Progress();
  const cores = chooseCores();
  const npm = options.peers.some((name) => peers[name].npm);
  const packages = npm ? installPeers((text) => progress.say(text)) : undefined;
  const lab = new Lab({ options, out, brink: realpathSync(executable), packages, cores, progress });
  t.after(() => lab.endAll());
  lab.load = loadGenerator({
    folder: lab.folder,
    cores: cores.load,
    // A brink that is shipped has it beside it, as the build does.
    places: [path.dirname(executable), path.join(repository, 'build/release/cli')],
    prefer: options.load,
  });
  lab.meter = new Meter({
    cores,
    load: lab.load,
    quiet_s: options['quiet-seconds'],
    quietTotal_s: options['quiet-total'],
  });
  t.after(() => lab.meter.stop());
  Object.assign(lab.results, {
    started: new Date().toISOString(),
    commit: commit(),
    options,
    machine: describeMachine(cores),
    arguments: process.argv.slice(2),
    load: { name: lab.load.name, version: lab.load.version },
    labels: Object.fromEntries(options.peers.map((name) => [name, peers[name].label])),
    workloads: Object.fromEntries(
      Object.entries(workloads).map(([id, { title, about, method, path: urlPath }]) => [
        id,
        { title, about, request: `${method} ${urlPath}` },
      ]),
    ),
  });
  if (cores.shared) lab.say('one core only: server and load share it, so the figures mean little');
  await lab.startOrigin();
  await prepare(lab);
  moveTo(cores.load);
  await lab.meter.start();
  const began = performance.now();
  await runParts(lab);
  lab.results.seconds = (performance.now() - began) / 1000;
  lab.results.finished = new Date().toISOString();
  lab.results.rows = judge(lab.results);
  progress.end();
  const results = lab.save();
  const report = path.join(out, 'report.html');
  writeFileSync(report, writeReport(lab.results));
  printVerdicts(lab.results.rows);
  console.log(`report:  ${report}\nresults: ${results}`);
});
