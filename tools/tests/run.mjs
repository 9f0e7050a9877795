// Runs tests, and those that failed once more, each alone. What passes then is named in a line
// `flaky: NAME` and does not fail the run.
//
//   run.mjs ctest [ARGUMENT of ctest...]
//   run.mjs node [--subtests-by VARIABLE] [ARGUMENT of node --test, or FILE...]
//
// --subtests-by: for a test that goes through a list of its own. Its failed subtests are named "ITEM: ...",
// and VARIABLE takes a pattern of the items to run.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

// With more there is something wrong that a second run will not change.
const MOST_AGAIN = 20;

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'brink-tests-'));
process.on('exit', () => fs.rmSync(scratch, { recursive: true, force: true }));

/** Runs a command, whose output is ours: its exit code. */
async function run(command, args, env = {}) {
  const { NODE_TEST_CONTEXT: _, ...inherited } = process.env; // or node takes itself for a test's child
  const child = spawn(command, args, { stdio: 'inherit', env: { ...inherited, ...env } });
  const [code] = await once(child, 'close');
  return code ?? 1;
}

function say(text) {
  console.error(`dev: ${text}`);
}

/** Says what is flaky; the exit code of it all. `again`: [{ name, passed }], the second runs. */
function conclude(again) {
  for (const { name, passed } of again) console.log(`${passed ? 'flaky' : 'failed twice'}: ${name}`);
  return again.every(({ passed }) => passed) ? 0 : 1;
}

function worthAnotherRun(failed) {
  if (failed.length > 0 && failed.length <= MOST_AGAIN) return true;
  if (failed.length > 0) say(`${failed.length} tests failed: too many to try each again`);
  return false;
}

// ---------------------------------------------------------------- ctest

const entities = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const unescape = (text) => text.replace(/&(\w+);/g, (all, name) => entities[name] ?? all);

/** The names of tests by ctest's report in JUnit's format, of those for which `wanted(status)`. */
function namesIn(report, wanted) {
  if (!fs.existsSync(report)) return [];
  return [...fs.readFileSync(report, 'utf8').matchAll(/<testcase name="([^"]*)"[^>]* status="(\w+)"/g)]
    .filter(([, , status]) => wanted(status)).map(([, name]) => unescape(name));
}

async function runCtest(args) {
  const report = path.join(scratch, 'first.xml');
  const code = await run('ctest', [...args, '--output-junit', report]);
  const failed = namesIn(report, (status) => status === 'fail' || status === 'notrun');
  if (code === 0 || !worthAnotherRun(failed)) return code;
  say(`once more, one at a time: ${failed.join(', ')}`);
  const second = path.join(scratch, 'second.xml');
  await run('ctest', [...args, '--rerun-failed', '--parallel', '1', '--output-junit', second]);
  const passed = namesIn(second, (status) => status === 'run');
  return conclude(failed.map((name) => ({ name, passed: passed.includes(name) })));
}

// ---------------------------------------------------------------- node --test

/** Runs node's runner: { code, results } with what results.mjs says of each test. */
async function runNode(args, env) {
  const file = path.join(scratch, 'results');
  const code = await run(process.execPath, ['--test',
    '--test-reporter=spec', '--test-reporter-destination=stdout',
    `--test-reporter=${path.join(import.meta.dirname, 'results.mjs')}`,
    `--test-reporter-destination=${file}`, ...args], env);
  const results = fs.readFileSync(file, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line));
  return { code, results };
}

const literally = (text) => `^${text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')}$`;

/** What to run again: { name, file, args, env }. A file that broke off is run as a whole. */
function failures(results, variable) {
  const failed = results.filter(({ passed }) => !passed);
  return failed.filter(({ nesting }) => nesting === 0).flatMap(({ name, file }) => {
    const shown = path.relative(process.cwd(), file);
    const items = variable === undefined ? [] : failed
      .filter((one) => one.file === file && one.nesting === 1 && one.name.includes(': '))
      .map((one) => one.name.slice(0, one.name.indexOf(': ')));
    if (items.length > 0) {
      return items.map((item) => ({
        name: `${shown}: ${item}`, file, args: [], env: { [variable]: literally(item) },
      }));
    }
    const whole = path.resolve(name) === file;
    return [{
      name: whole ? shown : `${shown}: ${name}`, file, env: {},
      args: whole ? [] : [`--test-name-pattern=${literally(name)}`],
    }];
  });
}

async function runNodeTests(args) {
  const byVariable = args[0] === '--subtests-by';
  const variable = byVariable ? args[1] : undefined;
  const { code, results } = await runNode(byVariable ? args.slice(2) : args);
  if (!results.some(({ passed }) => passed)) {
    say('no test passed');
    return code || 1;
  }
  const failed = failures(results, variable);
  if (code === 0 || !worthAnotherRun(failed)) return code;
  const again = [];
  for (const one of failed) {
    say(`once more, alone: ${one.name}`);
    const second = await runNode([...one.args, one.file], one.env);
    again.push({
      name: one.name, passed: second.code === 0 && second.results.some(({ passed }) => passed),
    });
  }
  return conclude(again);
}

const [kind, ...args] = process.argv.slice(2);
const runners = { ctest: runCtest, node: runNodeTests };
if (!Object.hasOwn(runners, kind ?? '')) {
  say('run.mjs takes ctest or node');
  process.exit(2);
}
process.exitCode = await runners[kind](args);
