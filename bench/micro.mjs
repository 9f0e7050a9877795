// CPU time of the hot path piece by piece: heads, ring, matcher, exchanges; isolate, realm, requests.
//
//   ./dev bench micro [FILTER] [--rounds N] [--json]
import { execFile } from 'node:child_process';
import path from 'node:path';
import { parseArgs, promisify } from 'node:util';

import { executable } from '../tests/e2e/lib/brink.mjs';
import { median, result, table } from './lib/bench.mjs';

const usage = 'usage: ./dev bench micro [FILTER] [--rounds N] [--json]\n'
  + 'FILTER is a regular expression that a name has to match, as in: exchange, ^w1, head$';

const { filter, rounds, json } = readArguments();
const programs = path.join(path.dirname(executable), '../bench/micro');
const rows = [...await measure('front', 'front_bench'), ...await measure('worker', 'worker_bench')];
if (rows.length === 0) {
  console.error(`bench: no benchmark's name matches ${filter}`);
  process.exit(2);
}
if (json) {
  console.log(JSON.stringify(rows, null, 2));
} else {
  table([
    [`median of ${rounds} rounds`, 'in', 'ns of CPU', 'fastest'],
    ...rows.map((row) => [row.name, row.side, Math.round(row.cpu_ns), Math.round(row.fastest_ns)]),
  ]);
  for (const row of rows) result(`micro-${row.name}`, row.cpu_ns.toFixed(0), 'ns');
}

function readArguments() {
  let parsed;
  try {
    parsed = parseArgs({
      options: {
        rounds: { type: 'string', default: '3' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
      allowPositionals: true,
    });
  } catch (error) {
    usageError(error.message);
  }
  if (parsed.values.help) {
    console.log(usage);
    process.exit(0);
  }
  const wanted = Number(parsed.values.rounds);
  if (!Number.isInteger(wanted) || wanted < 1) usageError('--rounds takes a whole number from 1');
  if (parsed.positionals.length > 1) usageError('there is one FILTER');
  return { filter: parsed.positionals[0] ?? '.', rounds: wanted, json: parsed.values.json };
}

function usageError(message) {
  console.error(`bench: ${message}\n${usage}`);
  process.exit(2);
}

async function measure(side, program) {
  const { stdout } = await promisify(execFile)(path.join(programs, program), [
    `--benchmark_filter=${filter}`, `--benchmark_repetitions=${rounds}`, '--benchmark_format=json',
  ], { maxBuffer: 64 * 1024 * 1024 });
  if (stdout.trim() === '') return []; // nothing matches
  const times = new Map();
  for (const run of JSON.parse(stdout).benchmarks) {
    if (run.run_type !== 'iteration') continue;
    if (!times.has(run.run_name)) times.set(run.run_name, []);
    times.get(run.run_name).push(run.cpu_time);
  }
  return [...times].map(([name, all]) => (
    { name, side, cpu_ns: median(all), fastest_ns: Math.min(...all) }));
}
