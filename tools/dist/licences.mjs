// The terms of what a dist holds: for each of Debian's packages its copyright file, and the full texts
// of the licences that those name; for each npm package its licence.
//
//   licences.mjs BUILD FOLDER    only of what the programs of BUILD have in them, for the image
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { includedHeaders, npmPackages } from './included.mjs';

const commonLicences = '/usr/share/common-licenses';
const cache = path.join(process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache'), 'brink/copyright');

const run = (command, ...args) => execFileSync(command, args, {
  encoding: 'utf8', maxBuffer: 1 << 26, stdio: ['ignore', 'pipe', 'inherit'],
});

/** Writes the terms of what the programs of `build` have in them, and INCLUDED.md. */
export function copyIncluded(build, folder) {
  const npm = npmPackages(build);
  for (const { name, licence } of npm) {
    const to = path.join(folder, 'npm', `${name}.txt`);
    fs.mkdirSync(path.dirname(to), { recursive: true });
    fs.copyFileSync(licence, to);
  }
  const packages = packagesOf(includedHeaders(build));
  copyTerms(packages, folder);
  const rows = [
    ...npm.map(({ name, version }) => `| ${name} ${version} | npm/${name}.txt |`),
    ...packages.map(({ name, source, version }) => `| ${source} ${version} | ${name}.txt |`),
  ];
  fs.writeFileSync(path.join(folder, 'INCLUDED.md'), `# What is in the programs

The npm packages are in brink-worker, as part of the JavaScript that it starts with. The others are Debian's
source packages, whose headers the programs were compiled with. Each one's terms are in the file named here.

| package | terms |
|---|---|
${rows.join('\n')}
`);
}

/** Writes the terms of the packages that own `files`, which lie in lib/, and LIBRARIES.md. */
export function copyLicences(files, folder) {
  const packages = packagesOf(files);
  copyTerms(packages, folder);
  const rows = packages.map((each) => (
    `| ${each.libraries.join(', ')} | ${each.source} ${each.version} | ${each.homepage || 'debian.org'} |`));
  fs.writeFileSync(path.join(folder, 'LIBRARIES.md'), `# Libraries in lib/

They are Debian's, built from its source packages of these names and versions. All that was changed is in the
tables for the dynamic loader: what a library refers to in itself is bound already (tools/dist/bind.mjs of brink's
sources). Each package's terms are in PACKAGE.txt beside this file.

| library | source package | home page |
|---|---|---|
${rows.join('\n')}
`);
}

/** PACKAGE.txt for each, and the licences that those name. */
function copyTerms(packages, folder) {
  fs.mkdirSync(folder, { recursive: true });
  fetchMissing(packages);
  const named = new Set();
  for (const each of packages) {
    const text = fs.readFileSync(copyrightFile(each), 'utf8');
    fs.writeFileSync(path.join(folder, `${each.name}.txt`), text);
    for (const [, name] of text.matchAll(/common-licenses\/([\w.-]*\w)/g)) named.add(name);
  }
  for (const name of named) {
    const file = path.join(commonLicences, name);
    if (fs.existsSync(file)) fs.copyFileSync(file, path.join(folder, `${name}.txt`));
  }
}

/** [{name, version, source, homepage, libraries}], by name. */
function packagesOf(files) {
  const packages = new Map();
  for (const file of files) {
    const real = fs.realpathSync(file);
    // Before /usr was merged, packages put into /lib what is in /usr/lib now.
    const owner = ownerOf(real) ?? ownerOf(real.replace(/^\/usr/, ''));
    if (!owner) throw new Error(`no package owns ${real}`);
    const [name, version, source, homepage] = run('dpkg-query', '-W',
      '-f', '${Package}\n${Version}\n${source:Package}\n${Homepage}', owner).split('\n');
    if (!packages.has(name)) packages.set(name, { name, version, source, homepage, libraries: [] });
    packages.get(name).libraries.push(path.basename(file));
  }
  return [...packages.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function ownerOf(file) {
  try {
    return execFileSync('dpkg-query', ['-S', file], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
      .split(': ')[0];
  } catch {
    return undefined;
  }
}

function copyrightFile({ name, version }) {
  const installed = `/usr/share/doc/${name}/copyright`;
  return fs.existsSync(installed) ? installed
    : path.join(cache, `${name}_${version.replace(/[^\w.+~-]/g, '_')}`);
}

/** A toolchain root is made without /usr/share/doc, so its packages are asked once more. */
function fetchMissing(packages) {
  const missing = packages.filter((each) => !fs.existsSync(copyrightFile(each)));
  if (missing.length === 0) return;
  console.error(`dist: fetching the terms of ${missing.length} packages, once`);
  fs.mkdirSync(cache, { recursive: true });
  const work = fs.mkdtempSync(path.join(os.tmpdir(), 'brink-dist-'));
  try {
    for (const each of ['lists/partial', 'cache/archives/partial']) {
      fs.mkdirSync(path.join(work, each), { recursive: true });
    }
    const apt = (...args) => execFileSync('apt-get', ['-qq', '-o', `Dir::State::lists=${work}/lists`,
      '-o', `Dir::Cache=${work}/cache`, '-o', 'Acquire::Check-Valid-Until=false',
      '-o', 'APT::Sandbox::User=root', ...args], { cwd: work, stdio: ['ignore', 'ignore', 'inherit'] });
    apt('update');
    for (const each of missing) fetchCopyright(apt, work, each);
  } finally {
    fs.rmSync(work, { recursive: true, force: true });
  }
}

function fetchCopyright(apt, work, { name, version }) {
  fs.writeFileSync(copyrightFile({ name, version }), copyrightOf(apt, work, name));
}

function copyrightOf(apt, work, name) {
  apt('download', name); // of any version: terms outlive versions
  const archive = fs.readdirSync(work).find((each) => each.startsWith(`${name}_`));
  const folder = path.join(work, 'unpacked');
  fs.mkdirSync(folder);
  execFileSync('sh', ['-c', 'dpkg-deb --fsys-tarfile "$1" | tar --extract --directory="$2" ./usr/share/doc',
    'sh', archive, folder], { cwd: work });
  const doc = path.join(folder, 'usr/share/doc', name);
  const link = fs.lstatSync(doc).isSymbolicLink() ? fs.readlinkSync(doc) : undefined;
  const text = link ? undefined : fs.readFileSync(path.join(doc, 'copyright'), 'utf8');
  fs.rmSync(folder, { recursive: true });
  fs.rmSync(path.join(work, archive));
  return text ?? copyrightOf(apt, work, path.basename(link)); // packages of one source share theirs
}

if (import.meta.main) copyIncluded(path.resolve(process.argv[2]), process.argv[3]);
