// What the programs of a build have in them that brink's authors did not write: npm packages, of which
// brink-worker's JavaScript is bundled, and the headers of libraries.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

const repository = path.resolve(import.meta.dirname, '../..');

// The folders of a build that hold what the programs are linked of; the rest is tests and benchmarks.
const shipped = /^(core|sandbox|bindings|cli|bench\/load)\//;

/** The npm packages in the bundle, by its own list of sources: [{ name, version, licence }], a file. */
export function npmPackages(build) {
  const list = path.join(build, 'js-stdlib/js-stdlib.js.meta.json');
  const { inputs } = JSON.parse(fs.readFileSync(list, 'utf8'));
  const names = Object.keys(inputs)
    .map((file) => /.*node_modules\/((@[^/]+\/)?[^/]+)\//.exec(file)?.[1]).filter(Boolean);
  return [...new Set(names)].sort().map((name) => {
    const folder = path.join(repository, 'js-stdlib/node_modules', name);
    const { version } = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'));
    const file = fs.readdirSync(folder).find((each) => /^(licen[cs]e|copying)(\.(md|txt))?$/i.test(each));
    if (!file) throw new Error(`${name} ${version} is in the bundle and has no file with its licence`);
    return { name, version, licence: path.join(folder, file) };
  });
}

/** One header of each of Debian's packages whose headers the programs were compiled with. */
export function includedHeaders(build) {
  const headers = new Set();
  let wanted = false;
  const list = execFileSync('ninja', ['-C', build, '-t', 'deps'],
    { encoding: 'utf8', maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'ignore'] });
  for (const line of list.split('\n')) {
    if (line.startsWith('    ')) {
      const file = line.trim();
      if (wanted && file.startsWith('/usr/include/')) headers.add(file);
    } else {
      wanted = shipped.test(line);
    }
  }
  const owned = new Map();
  for (const line of execFileSync('dpkg-query', ['-S', ...headers], { encoding: 'utf8' }).split('\n')) {
    const [, owner, file] = /^(\S+?)(?::\w+)?: (.+)$/.exec(line) ?? [];
    if (owner && !owned.has(owner)) owned.set(owner, file);
  }
  return [...owned.values()];
}
