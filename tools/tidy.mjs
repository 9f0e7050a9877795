// Runs clang-tidy over the sources of a build: node tools/tidy.mjs BUILD_FOLDER
//
// It takes seconds a file, so a clean result is remembered in the cache under the hash of all that
// it came from: the preprocessed source with its comments, the flags, the checks and the version.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = path.resolve(import.meta.dirname, '..');
const build = path.resolve(process.argv[2]);
const cache = path.join(
  process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache'), 'brink/tidy');
const folders = ['core', 'sandbox', 'bindings', 'cli', 'bench', 'tests'];
const output = { maxBuffer: 1 << 28 };

const checks = fs.readFileSync(path.join(root, '.clang-tidy'), 'utf8');
const version = (await run('clang-tidy', ['--version'])).stdout;

// The same compilation by clang, stopped after the preprocessor.
function preprocess({ command, directory }) {
  const line = command
    .replace(/^(\S*ccache\s+)?\S+/, 'clang++ -w -Qunused-arguments')
    .replace(/\s-o\s+\S+/, '')
    .replace(/\s-c\s/, ' -E -C ');
  return run('/bin/sh', ['-c', line], { ...output, cwd: directory });
}

async function remembered(unit) {
  const { stdout } = await preprocess(unit);
  const hash = createHash('sha256');
  for (const part of [version, checks, unit.command, stdout]) {
    hash.update(part.replaceAll(root, '')).update('\0'); // another clone's result is as good
  }
  return path.join(cache, hash.digest('hex'));
}

// Resolves to what clang-tidy objects to, '' when nothing.
async function objections(unit) {
  let stamp;
  try {
    stamp = await remembered(unit);
  } catch (error) {
    return error.stderr.trim();
  }
  if (fs.existsSync(stamp)) return '';
  try {
    await run('clang-tidy', ['-p', build, '--quiet', '--extra-arg=-Wno-unknown-warning-option',
      '--extra-arg=-Qunused-arguments', unit.file], output);
  } catch (error) {
    return error.stdout.trim() || error.stderr.trim();
  }
  fs.writeFileSync(stamp, '');
  return '';
}

const units = JSON.parse(fs.readFileSync(path.join(build, 'compile_commands.json'), 'utf8'))
  .filter(({ file }) => /\.(cc|c)$/.test(file)
    && folders.includes(path.relative(root, file).split(path.sep)[0]));
if (units.length === 0) throw new Error(`${build}/compile_commands.json names no source of brink`);
fs.mkdirSync(cache, { recursive: true });

const waiting = [...units];
let faulty = 0;
async function worker() {
  for (let unit = waiting.shift(); unit; unit = waiting.shift()) {
    const text = await objections(unit);
    if (!text) continue;
    ++faulty;
    console.log(text);
  }
}
await Promise.all(Array.from({ length: os.availableParallelism() }, worker));

console.log(`clang-tidy: ${units.length} files, ${faulty} with warnings`);
process.exitCode = faulty > 0 ? 1 : 0;
