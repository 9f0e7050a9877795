// What `./dev dist` made, in a root that holds nothing else: no library, no shell, no /etc.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { cleanUp } from '../e2e/lib/cleanup.mjs';
import { repository, tempDir, writeFiles } from '../e2e/lib/files.mjs';
import { send } from '../e2e/lib/http.mjs';
import { httpOrigin } from '../e2e/lib/origin.mjs';
import { commandLine, descendants, endProcess, ownProcess } from '../e2e/lib/proc.mjs';
import { until } from '../e2e/lib/wait.mjs';

const folder = path.join(repository, 'dist/brink');
const archive = fs.readdirSync(path.join(repository, 'dist')).find((name) => name.endsWith('.tar.gz'));
const app = {
  'middleware.js': `import { NextResponse } from 'next/server';
    export function middleware(request) {
      const headers = new Headers(request.headers);
      headers.set('x-user', 'ada');
      return NextResponse.next({ request: { headers } });
    }
    export const config = { matcher: '/page' };`,
  'pages/api/hello.js': `export default () => Response.json({
    hello: new Intl.DateTimeFormat('de', { month: 'long' }).format(new Date(2026, 2, 1)) });`,
};

/** A root with the unpacked tarball in /opt/moved and the app in /app; enter(...) runs a command in it. */
function emptyRoot(t) {
  const root = tempDir(t);
  const moved = path.join(root, 'opt/moved');
  fs.mkdirSync(moved, { recursive: true });
  fs.mkdirSync(path.join(root, 'tmp'));
  execFileSync('tar', ['-xzf', path.join(repository, 'dist', archive), '-C', moved]);
  writeFiles(path.join(root, 'app'), app);
  const enter = path.join(tempDir(t), 'enter');
  execFileSync('gcc', ['-std=c17', '-O1', '-static', '-o', enter, path.join(repository, 'tools/enter.c')]);
  const brink = '/opt/moved/brink/bin/brink';
  const command = (...args) => [enter, [root, '/', '--', brink, ...args], { env: {} }];
  return {
    run: (...args) => {
      const [file, list, options] = command(...args);
      return execFileSync(file, list, { ...options, encoding: 'utf8' });
    },
    start: (...args) => {
      const [file, list, options] = command(...args);
      const child = ownProcess(spawn(file, list, { ...options, stdio: ['ignore', 'ignore', 'pipe'] }));
      cleanUp(t, () => endProcess(child));
      return child;
    },
  };
}

test('every program and library of the folder is found in the folder', () => {
  for (const name of ['brink', 'brink-worker', 'brink-bench']) {
    const program = path.join(folder, 'bin', name);
    const list = execFileSync(path.join(folder, 'lib/ld-linux-x86-64.so.2'), ['--list', program],
      { encoding: 'utf8', env: {} });
    for (const [, file] of list.matchAll(/=> (\S+)/g)) {
      assert.ok(path.normalize(file).startsWith(path.join(folder, 'lib/')), `${name}: ${file}`);
    }
  }
});

test('the folder says whose work it holds', () => {
  const licences = path.join(folder, 'share/licenses');
  const table = fs.readFileSync(path.join(licences, 'LIBRARIES.md'), 'utf8');
  for (const library of fs.readdirSync(path.join(folder, 'lib'))) {
    assert.ok(table.includes(library), `LIBRARIES.md does not name ${library}`);
  }
  for (const each of ['libnode137.txt', 'libc6.txt']) {
    assert.match(fs.readFileSync(path.join(licences, each), 'utf8'), /licen[cs]e/i);
  }
});

test('and whose is in the programs themselves', () => {
  const licences = path.join(folder, 'share/licenses');
  const table = fs.readFileSync(path.join(licences, 'INCLUDED.md'), 'utf8');
  const lock = JSON.parse(fs.readFileSync(path.join(repository, 'js-stdlib/package-lock.json'), 'utf8'));
  for (const [place, { version }] of Object.entries(lock.packages).filter(([place]) => place !== '')) {
    const name = place.replace(/.*node_modules\//, '');
    assert.ok(table.includes(`| ${name} ${version} | npm/${name}.txt |`), `INCLUDED.md does not name ${name}`);
    assert.match(fs.readFileSync(path.join(licences, 'npm', `${name}.txt`), 'utf8'), /permission|licen[cs]e/i);
  }
  for (const [, file] of table.matchAll(/^\| .* \| (\S+\.txt) \|$/gm)) {
    assert.ok(fs.statSync(path.join(licences, file)).size > 100, file);
  }
  const cli11 = fs.readFileSync(path.join(licences, 'libcli11-dev.txt'), 'utf8');
  assert.match(cli11, /University of Cincinnati/);
});

test('moved into an empty root it runs, checks and serves', async (t) => {
  const root = emptyRoot(t);
  assert.match(root.run('--version'), /^brink \d+\.\d+/);
  assert.match(root.run('check', '/app'), /\/api\/hello +pages\/api\/hello\.js/);

  const origin = await httpOrigin(t);
  const brink = root.start('serve', '/app', '--listen', '127.0.0.1:0', '--origin', origin.url);
  let log = '';
  brink.stderr.on('data', (bytes) => { log += bytes; });
  brink.once('exit', (code) => { log += `\nexit ${code}`; });
  const url = await until(() => {
    assert.ok(!/\nexit/.test(log), log);
    return /http:\/\/127\.0\.0\.1:\d+(?=[\s,])/.exec(log)?.[0];
  }, 'brink to listen', { timeout_ms: 30_000 });

  assert.deepEqual((await send(url, '/api/hello')).json(), { hello: 'März' });
  assert.equal((await send(url, '/page')).json().headers['x-user'], 'ada');
  assert.ok(!/without a part of their jail/.test(log), log);
  const load = JSON.parse(root.run('bench', '-n', '50', '--json', '-', `${url}/api/hello`));
  assert.deepEqual(load.status, { 200: 50 });

  // `ps` shows brink as what it is.
  assert.equal(fs.readFileSync(`/proc/${brink.pid}/comm`, 'utf8').trim(), 'brink');
  assert.equal(commandLine(brink.pid)[0], '/opt/moved/brink/bin/brink');
  for (const pid of descendants(brink.pid)) assert.equal(commandLine(pid)[0], 'brink-worker');
  brink.kill('SIGTERM');
  const [code] = await once(brink, 'exit');
  assert.equal(code, 0, log);
});

test('without its libraries it says what is wrong', (t) => {
  const alone = path.join(tempDir(t), 'bin/brink');
  fs.mkdirSync(path.dirname(alone));
  fs.copyFileSync(path.join(folder, 'bin/brink'), alone);
  assert.throws(() => execFileSync(alone, ['--version'], { encoding: 'utf8', stdio: 'pipe' }),
    ({ status, stderr }) => status === 127 && /cannot load .*ld-linux-x86-64\.so\.2/.test(stderr));
});
