// `./dev fuzz`: runs the fuzz targets of the fuzz build for a while, as many at a time as there are
// cores, and says what each did. A crash fails it and leaves the input in build/fuzz/crashes.
//
//   tools/fuzz.mjs [TARGET...] [--seconds N] [--keep]
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';

const root = path.join(import.meta.dirname, '..');
const programs = path.join(root, 'build/fuzz/tests/fuzz');
const crashes = path.join(root, 'build/fuzz/crashes');
const kept = path.join(root, 'tests/fuzz/corpus');
const dictionaries = path.join(root, 'tests/fuzz/dictionaries');

// Which dictionary helps which target; the others take bytes that have no words.
const dictionaryOf = {
  config: 'config', matcher: 'matcher', path: 'url', request: 'http', response: 'http', url: 'url',
  work: 'http',
};

// For how long, where nothing else is said: those whose inputs are long stories take more.
const usual_s = 30;
const secondsOf = { work: 60 };

const environment = {
  ...process.env,
  ASAN_OPTIONS: 'abort_on_error=1:detect_stack_use_after_return=1:strict_string_checks=1',
  UBSAN_OPTIONS: 'halt_on_error=1:print_stacktrace=1',
};

const { targets, seconds, keep } = readArguments();

function readArguments() {
  const known = fs.readdirSync(programs).filter((name) => name.endsWith('_fuzz'))
    .map((name) => name.slice(0, -'_fuzz'.length)).sort();
  let parsed;
  try {
    parsed = parseArgs({
      options: { seconds: { type: 'string' }, keep: { type: 'boolean', default: false } },
      allowPositionals: true,
    });
  } catch (error) {
    usageError(error.message);
  }
  const unknown = parsed.positionals.find((name) => !known.includes(name));
  if (unknown !== undefined) usageError(`there is no fuzz target ${unknown}; there are ${known.join(', ')}`);
  const time = parsed.values.seconds === undefined ? undefined : Number(parsed.values.seconds);
  if (time !== undefined && (!Number.isInteger(time) || time < 1)) usageError('--seconds takes a whole number from 1');
  return {
    targets: parsed.positionals.length > 0 ? parsed.positionals : known,
    seconds: time, // for each; undefined: what the target is said to take
    keep: parsed.values.keep,
  };
}

function usageError(message) {
  console.error(`dev: fuzz: ${message}`);
  process.exit(2);
}

/** Runs a target's program to its end: { code, output }. */
function run(target, args) {
  return new Promise((resolve) => {
    const child = spawn(path.join(programs, `${target}_fuzz`), args, {
      cwd: root, env: environment, stdio: ['ignore', 'ignore', 'pipe'],
    });
    let output = '';
    child.stderr.on('data', (bytes) => { output += bytes; });
    child.on('error', (error) => resolve({ code: error.message, output }));
    child.on('close', (code, signal) => resolve({ code: code ?? signal, output }));
  });
}

function folder(...parts) {
  const made = path.join(...parts);
  fs.mkdirSync(made, { recursive: true });
  return made;
}

async function fuzz(target) {
  const found = folder(root, 'build/fuzz/corpus', target); // what earlier runs found is a start for this
  const args = [`-max_total_time=${seconds ?? secondsOf[target] ?? usual_s}`, '-timeout=30', `-artifact_prefix=${crashes}/${target}-`];
  if (dictionaryOf[target]) args.push(`-dict=${dictionaries}/${dictionaryOf[target]}.dict`);
  const { code, output } = await run(target, [...args, found, folder(kept, target)]);
  const done = /#(\d+)\s+DONE\s+cov: (\d+) ft: (\d+) corp: (\d+)/.exec(output);
  if (code === 0 && done) {
    const [, runs, edges, features, inputs] = done;
    console.log(`${target.padEnd(10)} ${runs.padStart(9)} runs, ${edges.padStart(5)} edges,`
      + ` ${features.padStart(5)} features, ${inputs.padStart(4)} inputs`);
    return true;
  }
  const input = /Test unit written to (\S+)/.exec(output)?.[1];
  console.log(`${target.padEnd(10)} FAILED (${code})`);
  console.error(output.split('\n').filter((line) => !/^#\d+\t/.test(line)).slice(-60).join('\n'));
  if (input) {
    const file = path.relative(root, input);
    console.error(`dev: once more:  ./dev sh build/fuzz/tests/fuzz/${target}_fuzz ${file}\n`
      + `dev: when it is fixed, keep the input: cp ${file} tests/fuzz/corpus/${target}/`);
  }
  return false;
}

/** The smallest set of inputs that reaches what all reach, in place of the kept ones. */
async function keepInputs(target) {
  const chosen = path.join(root, 'build/fuzz/merged', target);
  fs.rmSync(chosen, { recursive: true, force: true });
  const all = [folder(kept, target), folder(root, 'build/fuzz/corpus', target)];
  const { code, output } = await run(target, ['-set_cover_merge=1', folder(chosen), ...all]);
  if (code !== 0) throw new Error(`${target}: the inputs could not be merged:\n${output.slice(-2000)}`);
  fs.rmSync(all[0], { recursive: true });
  fs.cpSync(chosen, all[0], { recursive: true });
}

folder(crashes);
const waiting = [...targets];
let failed = false;
await Promise.all(Array.from({ length: os.availableParallelism() }, async () => {
  for (let target = waiting.shift(); target !== undefined; target = waiting.shift()) {
    if (!await fuzz(target)) failed = true;
    else if (keep) await keepInputs(target);
  }
}));
if (failed) {
  console.error('dev: fuzzing found a bug');
  process.exit(1);
}
console.error(`dev: fuzzing ${targets.join(', ')} found nothing`);
