// Makes dist/brink, a folder that runs wherever it is put, and packs it: node dist.mjs BUILD VERSION
//
//   bin/    brink, brink-worker and brink-bench, without symbols
//   lib/    every library they are linked to, and the dynamic loader, from the toolchain's packages
//   share/  licences, documentation
//
// The same sources and packages make the same bytes.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

import { bindToThemselves } from './bind.mjs';
import { copyIncluded, copyLicences } from './licences.mjs';
import { makeRelocatable } from './relocatable.mjs';

const repository = path.resolve(import.meta.dirname, '../..');
const [build, version] = [path.resolve(process.argv[2]), process.argv[3]];
const out = path.join(repository, 'dist');
const loaderName = 'ld-linux-x86-64.so.2';
const programs = ['brink', 'brink-worker', 'brink-bench'];

const run = (command, ...args) => execFileSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 26 });

function copy(from, to, mode) {
  fs.mkdirSync(path.dirname(to), { recursive: true });
  fs.copyFileSync(from, to); // follows links: only files in dist
  fs.chmodSync(to, mode);
}

/** What the loader would load for the programs: Map of name to file, itself included. */
function librariesOf(files) {
  const libraries = new Map();
  for (const line of run('ldd', ...files).split('\n')) {
    const [, name, file] = /^\t(\S+) => (\/\S+) \(0x/.exec(line) ?? [];
    if (name) libraries.set(name, file);
    if (/=> not found/.test(line)) throw new Error(`ldd: ${line.trim()}`);
    const loader = new RegExp(`^\\t(/\\S*/${loaderName}) \\(0x`).exec(line)?.[1];
    if (loader) libraries.set(loaderName, loader);
  }
  if (!libraries.has(loaderName)) throw new Error('ldd names no dynamic loader');
  return libraries;
}

function makeFolder(folder) {
  const built = programs.map((name) => path.join(build, 'cli', name));
  for (const [index, name] of programs.entries()) {
    const program = path.join(folder, 'bin', name);
    copy(built[index], program, 0o755);
    run('strip', '--strip-all', program);
    makeRelocatable(program, built[index]);
  }
  const libraries = librariesOf(built);
  for (const [name, file] of libraries) {
    copy(file, path.join(folder, 'lib', name), name === loaderName ? 0o755 : 0o644);
  }
  const { before, after } = bindToThemselves(
    new Map([...libraries.keys()].map((name) => [name, path.join(folder, 'lib', name)])),
    programs.map((name) => path.join(folder, 'bin', name)), [loaderName, 'libc.so.6']);
  console.error(`dist: ${after} look-ups by name at start, of ${before}`);
  copy(path.join(repository, 'LICENSE'), path.join(folder, 'LICENSE'), 0o644);
  const docs = path.join(repository, 'docs');
  for (const name of fs.readdirSync(docs).filter((each) => each.endsWith('.md'))) {
    copy(path.join(docs, name), path.join(folder, 'share/doc/brink', name), 0o644);
  }
  const licences = path.join(folder, 'share/licenses');
  copyLicences([...libraries.values()], licences);
  copyIncluded(build, licences);
  fs.writeFileSync(path.join(folder, 'README'), `brink ${version} for Linux on x86-64

bin/brink runs from wherever this folder is: bin/brink --help
How to deploy it: share/doc/brink/deploying.md
Licences of brink, of what is in its programs and of the libraries in lib/: LICENSE, share/licenses/
`);
}

/** One file with the same bytes for the same folder, whoever makes it and when. */
function pack(folder, archive) {
  const date = process.env.SOURCE_DATE_EPOCH
    ?? (run('git', '-C', repository, 'log', '-1', '--format=%ct').trim() || '0');
  run('bash', '-c', `set -euo pipefail
    tar --create --directory="$1" --sort=name --format=ustar --owner=0 --group=0 --numeric-owner \
      --mode=u+rw,go=rX --mtime="@$3" brink | gzip --no-name >"$2.new"
    mv "$2.new" "$2"`, 'pack', path.dirname(folder), archive, date);
}

const folder = path.join(out, 'brink');
const fresh = path.join(out, '.new');
fs.rmSync(fresh, { recursive: true, force: true });
makeFolder(path.join(fresh, 'brink'));
fs.rmSync(folder, { recursive: true, force: true });
fs.renameSync(path.join(fresh, 'brink'), folder);
fs.rmdirSync(fresh);
const archive = path.join(out, `brink-${version}-linux-x86_64.tar.gz`);
pack(folder, archive);
const size_mb = (file) => (fs.statSync(file).size / 1e6).toFixed(0);
console.log(`${folder}/bin/brink\n${archive} (${size_mb(archive)} MB)`);
