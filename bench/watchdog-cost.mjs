// What the limits on CPU time and memory cost a request that behaves, in ns; must be below 1000.
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

import { executable } from '../tests/e2e/lib/brink.mjs';
import { bench, median, result, table } from './lib/bench.mjs';

// A request that a sleeping worker answers in one turn: that turn, the turn that looks for tasks of
// V8's before the worker sleeps again, and the clock it reads around its sleep.
const turnsOfRequest = 2;
const limit_ns = 1000;

await bench({ rounds: 5 }, async (t, { rounds }) => {
  const program = path.join(path.dirname(executable), '../bench/limit_cost_bench');
  const { stdout } = await promisify(execFile)(program, [
    `--benchmark_repetitions=${rounds}`, '--benchmark_format=json',
  ]);
  const runs = JSON.parse(stdout).benchmarks.filter(({ run_type: type }) => type === 'iteration');
  const times = (name) => runs.filter((run) => run.run_name.split('/')[0] === name)
    .map((run) => run.cpu_time); // the machine may be busy with other things
  const cost = (name) => median(times(name));
  const watchdog = cost('cpu_limit_turn');
  const wake = cost('cpu_limit_sleep');
  const turn = cost('empty_turn');
  table([
    [`median of ${rounds} rounds`, 'ns'],
    ['begin and end of a turn: watchdog, status in shared memory', watchdog],
    ['a whole turn with nothing in it: V8 scopes, CPU, memory, microtasks', turn],
    ['once for a worker that sleeps: two reads of the clock', wake],
  ]);
  const request = turnsOfRequest * watchdog + wake;
  const most = turnsOfRequest * turn + wake;
  console.log(`\na request of one turn to a worker that slept: ${request.toFixed(0)} ns for the watchdog,`
    + ` at most ${most.toFixed(0)} ns for all that a turn has around the script's code`);
  result('watchdog-cost', request.toFixed(0), 'ns');
  if (!(request < limit_ns)) throw new Error(`the watchdog's cost is not below ${limit_ns} ns`);
});
