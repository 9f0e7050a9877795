// Puts the npm peers where they run: in the cache folder, at the versions of package-lock.json.
import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const here = import.meta.dirname;

/** The folder with the peers' node_modules; one for each lock file, so that clones share it. */
export function installPeers(say) {
  const lock = readFileSync(path.join(here, 'package-lock.json'));
  const id = createHash('sha256').update(lock).digest('hex').slice(0, 12);
  const cache = process.env.XDG_CACHE_HOME || path.join(homedir(), '.cache');
  const folder = path.join(cache, 'brink', `peers-${id}`);
  if (existsSync(folder)) return folder;
  say('installing the peers from npm, once (about 700 MB on disk)');
  // Made beside its place and moved there, so that a folder that is there is whole.
  const unfinished = `${folder}.${process.pid}`;
  mkdirSync(unfinished, { recursive: true });
  try {
    for (const name of ['package.json', 'package-lock.json'])
      cpSync(path.join(here, name), path.join(unfinished, name));
    // No install script runs: the packages for this platform bring the programs.
    execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: unfinished,
      stdio: ['ignore', 2, 2],
    });
    if (!existsSync(folder)) renameSync(unfinished, folder);
  } catch (error) {
    throw new Error(
      `npm ci failed for the peers (${error.message}): can the npm registry be reached from here?`,
    );
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
  return folder;
}

/** A Next.js app of apps/next in the peers' folder, built when its sources changed since; returns its folder. */
export async function buildNextApp(packages, kind, say) {
  const sources = ['common', kind].map((name) => path.join(here, 'apps/next', name));
  const wanted = createHash('sha256');
  for (const file of ['common/logic.js', 'common/next.config.mjs', `${kind}/${kind}.js`]) {
    wanted.update(readFileSync(path.join(here, 'apps/next', file)));
  }
  const id = wanted.digest('hex');
  const folder = path.join(packages, `next-${kind}`);
  const stamp = path.join(folder, '.built-from');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === id) return folder;
  say(`building the Next.js app with ${kind}.js`);
  rmSync(folder, { recursive: true, force: true });
  for (const source of sources) cpSync(source, folder, { recursive: true });
  writeFileSync(path.join(folder, 'package.json'), '{ "private": true }\n');
  await run(process.execPath, [nextProgram(packages), 'build'], {
    cwd: folder,
    env: { ...process.env, NEXT_TELEMETRY_DISABLED: '1', NODE_ENV: 'production' },
  }).catch((error) => {
    throw new Error(`next build failed: ${`${error.stderr}${error.stdout}`.slice(-600)}`);
  });
  writeFileSync(stamp, id);
  return folder;
}

export const nextProgram = (packages) => path.join(packages, 'node_modules/next/dist/bin/next');

/** The version in an installed package's package.json. */
export function packageVersion(packages, name) {
  return JSON.parse(readFileSync(path.join(packages, 'node_modules', name, 'package.json'), 'utf8')).version;
}
