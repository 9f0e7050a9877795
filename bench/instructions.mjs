// Instructions of the front's hot path, counted by callgrind, against a baseline that is committed.
//
//   ./dev bench instructions [NAME...] [--update]      and as a test: ./dev test instructions
//
// Counts hardly depend on the machine or on what else it does, so growth of more than 5 % is a finding.
// They do depend on the compiler and the libraries: when these are not those of the baseline, 15 % are
// allowed, and a line says so. --update makes what is measured the baseline.
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs, promisify } from 'node:util';

const run = promisify(execFile);
const root = path.join(import.meta.dirname, '..');
const program = path.join(root, 'build/release/bench/micro/front_count');
const profiles = path.join(root, 'build/release/instructions');
const baselineFile = path.join(import.meta.dirname, 'micro/instructions.json');
const renew = './dev bench instructions --update';

const allowed_percent = 5;
const allowedElsewhere_percent = 15;

// Whose code runs on the paths.
const librariesOnThePath = new Set(['libc', 'libstdc++', 'libuv', 'libllhttp', 'libpcre2-8', 'libsimdutf']);

// callgrind shows the program the host's vector extensions, and libraries choose by them: the least
// that every x86-64 machine of today has makes counts the same everywhere.
const environment = {
  ...process.env,
  GLIBC_TUNABLES: 'glibc.cpu.hwcaps=-AVX512F,-AVX512VL,-AVX512BW,-AVX2,-AVX,-AVX_Fast_Unaligned_Load,-ERMS,-FSRM',
  SIMDUTF_FORCE_IMPLEMENTATION: 'westmere',
  SIMDJSON_FORCE_IMPLEMENTATION: 'westmere',
};

const { names, update } = readArguments();
const known = await knownPaths();
const unknown = names.find((name) => !known.has(name));
if (unknown !== undefined) usageError(`there is no path ${unknown}; there are ${[...known.keys()].join(', ')}`);
const wanted = names.length > 0 ? names : [...known.keys()];
const counts = await countAll(wanted);
const measured = { toolchain: await toolchain(), paths: Object.fromEntries(counts) };
const baseline = fs.existsSync(baselineFile) ? JSON.parse(fs.readFileSync(baselineFile)) : undefined;
if (update) writeBaseline();
else compare();

function readArguments() {
  let parsed;
  try {
    parsed = parseArgs({
      options: { update: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
      allowPositionals: true,
    });
  } catch (error) {
    usageError(error.message);
  }
  if (parsed.values.help) {
    console.log('usage: ./dev bench instructions [NAME...] [--update]');
    process.exit(0);
  }
  return { names: parsed.positionals, update: parsed.values.update };
}

function usageError(message) {
  console.error(`dev: instructions: ${message}`);
  process.exit(2);
}

/** How often the program runs each path, by name. */
async function knownPaths() {
  const { stdout } = await run(program);
  return new Map(stdout.trim().split('\n').map((line) => {
    const [name, iterations] = line.split(' ');
    return [name, Number(iterations)];
  }));
}

/** Instructions of one time through each path: [[name, count], ...]. */
async function countAll(paths) {
  fs.mkdirSync(profiles, { recursive: true });
  const waiting = [...paths];
  const found = new Map();
  await Promise.all(Array.from({ length: os.availableParallelism() }, async () => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      found.set(name, await count(name));
    }
  }));
  return paths.map((name) => [name, found.get(name)]);
}

async function count(name) {
  const { stderr } = await run('valgrind', [
    '--tool=callgrind', '--instr-atstart=no', `--callgrind-out-file=${profiles}/${name}.out`,
    program, name,
  ], { env: environment });
  const collected = /Collected : (\d+)/.exec(stderr);
  if (!collected) throw new Error(`${name}: callgrind counted nothing:\n${stderr}`);
  return Math.round(Number(collected[1]) / known.get(name));
}

/** What counts depend on besides brink's sources, with versions (without Debian's revision). */
async function toolchain() {
  const { stdout: libraries } = await run('ldd', [program]);
  const files = [...libraries.matchAll(/^\s*(\S+)\.so\S* => (\/\S+)/gm)]
    .filter(([, name]) => librariesOnThePath.has(name)).map(([, , file]) => fs.realpathSync(file));
  const { stdout: owners } = await run('dpkg-query', ['--search', ...files]);
  const packages = owners.trim().split('\n').map((line) => line.split(':')[0]);
  const { stdout: versions } = await run('dpkg-query',
    ['--show', '--showformat=${Package} ${source:Upstream-Version}\n', ...new Set(packages)]);
  const { stdout: compiler } = await run('c++', ['-dumpfullversion']);
  const processor = fs.readFileSync('/proc/cpuinfo', 'utf8');
  return {
    architecture: os.arch(),
    avx2: String(/\bavx2\b/.test(processor)), // PCRE2's compiler looks at the processor itself
    compiler: compiler.trim(),
    ...Object.fromEntries(versions.trim().split('\n').sort().map((line) => line.split(' '))),
  };
}

function writeBaseline() {
  // With names, the other paths stay as they are.
  const paths = names.length > 0 ? { ...baseline?.paths, ...measured.paths } : measured.paths;
  fs.writeFileSync(baselineFile, `${JSON.stringify({ ...measured, paths }, null, 2)}\n`);
  print(baseline?.paths ?? {});
  console.log(`the baseline is now this: ${path.relative(root, baselineFile)}`);
}

function change_percent(before, now) {
  return (now / before - 1) * 100;
}

function print(before) {
  const rows = [['path', 'baseline', 'now', 'change'], ...counts.map(([name, now]) => {
    const was = before[name];
    if (was === undefined) return [name, '-', String(now), 'new'];
    const change = change_percent(was, now);
    return [name, String(was), String(now), `${change >= 0 ? '+' : ''}${change.toFixed(1)} %`];
  })];
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  for (const row of rows) {
    console.log(row.map((cell, column) => (
      column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]))).join('  '));
  }
}

/** What of the toolchain is another than the baseline's: "compiler 16.2.0 (was 16.1.0)". */
function differences() {
  const names = new Set([...Object.keys(baseline.toolchain), ...Object.keys(measured.toolchain)]);
  return [...names].filter((name) => baseline.toolchain[name] !== measured.toolchain[name])
    .map((name) => `${name} ${measured.toolchain[name] ?? '(gone)'} (was ${baseline.toolchain[name] ?? 'not there'})`);
}

function compare() {
  if (baseline === undefined) {
    console.error(`dev: there is no baseline; make one: ${renew}`);
    process.exit(1);
  }
  print(baseline.paths);
  if (baseline.toolchain.architecture !== measured.toolchain.architecture) {
    console.log(`the baseline is of ${baseline.toolchain.architecture}, this is`
      + ` ${measured.toolchain.architecture}: there is nothing to compare with`);
    return;
  }
  const others = differences();
  const most = others.length > 0 ? allowedElsewhere_percent : allowed_percent;
  if (others.length > 0) {
    console.log(`warning: the toolchain is not the baseline's: ${others.join(', ')}. So up to`
      + ` ${most} % of growth are taken; renew the baseline: ${renew}`);
  }
  const missing = counts.filter(([name]) => baseline.paths[name] === undefined);
  const changes = counts.filter(([name]) => baseline.paths[name] !== undefined)
    .map(([name, now]) => [name, change_percent(baseline.paths[name], now)]);
  const grown = changes.filter(([, change]) => change > most);
  const shrunk = changes.filter(([, change]) => change < -allowed_percent);
  if (shrunk.length > 0) {
    console.log(`hint: ${shrunk.map(([name]) => name).join(', ')} took fewer instructions than before;`
      + ` keep it that way: ${renew}`);
  }
  if (grown.length > 0) {
    console.error(`dev: more than ${most} % more instructions: ${grown.map(([name]) => name).join(', ')}`);
    for (const [name] of grown) {
      console.error('dev: what they are:  ./dev sh callgrind_annotate'
        + ` ${path.relative(root, profiles)}/${name}.out`);
    }
    console.error(`dev: if they are worth it, say so in the commit and renew the baseline: ${renew}`);
  }
  if (missing.length > 0) {
    console.error(`dev: not in the baseline: ${missing.map(([name]) => name).join(', ')}: ${renew}`);
  }
  console.log(`instructions: ${counts.length} paths, ${grown.length} grown by more than ${most} %,`
    + ` ${missing.length} without a baseline${others.length > 0 ? ', another toolchain' : ''}`);
  if (grown.length + missing.length > 0) process.exit(1);
}
