// The jail around real workers: what V8 does all day goes on in it, and /proc says that it is closed.
// tests/unit/sandbox/jail_test.cc tries to get out.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { test } from 'node:test';

import { executable, runBrink, startBrink } from './lib/brink.mjs';
import { tempDir, writeFiles } from './lib/files.mjs';
import { until } from './lib/wait.mjs';

const limits = { timeout: 120_000 };
const sanitized = /asan/.test(process.env.BRINK_BIN ?? process.env.BRINK_BUILD ?? '');

// Memory that grows, a function that adds: (memory 1) (func $grow) (func $add).
const wasm = [0, 97, 115, 109, 1, 0, 0, 0, 1, 12, 2, 96, 1, 127, 1, 127, 96, 2, 127, 127, 1, 127,
  3, 3, 2, 0, 1, 5, 3, 1, 0, 1, 7, 20, 3, 4, 103, 114, 111, 119, 0, 0, 3, 109, 101, 109, 2, 0,
  3, 97, 100, 100, 0, 1, 10, 16, 2, 6, 0, 32, 0, 64, 0, 11, 7, 0, 32, 0, 32, 1, 106, 11];

// Each answers what it must; all are first run in a worker whose jail is closed.
const work = {
  jit: ['const f = (n) => { let s = 0; for (let i = 0; i < n; i += 1) s = (s * 31 + i) | 0; return s; };'
    + 'let s = 0; for (let i = 0; i < 300; i += 1) s ^= f(3000); return f(10);', 165029893],
  gc: ['let keep = []; for (let i = 0; i < 400; i += 1) { keep.push(new Array(1000).fill({ i }));'
    + ' if (keep.length > 50) keep = []; } return keep.length;', 43],
  date: ['return new Date(2020, 5, 1, 12).getTime() - new Date(2020, 5, 1, 11).getTime();', 3600000],
  dateText: ['return /^Thu Jan 01 1970 0?\\d|^Wed Dec 31 1969/.test(new Date(0).toString());', true],
  zone: ['return new Intl.DateTimeFormat("en", { timeZone: "Asia/Tokyo", timeStyle: "short",'
    + ' hourCycle: "h23" }).format(new Date(0));', '09:00'],
  summerTime: ['return new Intl.DateTimeFormat("de-DE", { timeZone: "Europe/Berlin", timeZoneName:'
    + ' "short" }).format(new Date(Date.UTC(2026, 6, 1)));', '1.7.2026, MESZ'],
  number: ['return new Intl.NumberFormat("ar-EG").format(1234.5);', '١٬٢٣٤٫٥'],
  collator: ['return ["z", "ä", "a"].sort(new Intl.Collator("sv").compare).join("");', 'azä'],
  segmenter: ['return [...new Intl.Segmenter("th", { granularity: "word" }).segment("สวัสดีชาวโลก")]'
    + '.length > 1;', true],
  displayNames: ['return new Intl.DisplayNames(["ja"], { type: "region" }).of("US");', 'アメリカ合衆国'],
  bigint: ['return String(3n ** 2000n).length;', 955],
  regexp: ['return /(\\p{L}+)\\s(\\d+)/u.exec("Grüße 42").slice(1).join();', 'Grüße,42'],
  hotRegexp: ['let n = 0; for (let i = 0; i < 3000; i += 1) n += /a(b+)c/.test("xxabbbc" + i); return n;', 3000],
  json: ['return JSON.parse(JSON.stringify(Array(5000).fill({ a: "x" }))).length;', 5000],
  timers: ['const t = Date.now(); await new Promise((r) => setTimeout(r, 20)); return Date.now() - t >= 19;', true],
  random: ['return new Set(Array.from({ length: 50 }, () => Math.random())).size;', 50],
  crypto: ['return crypto.randomUUID().length + crypto.getRandomValues(new Uint8Array(64)).length;', 100],
  decoder: ['return new TextDecoder().decode(new Uint8Array([0xc3, 0xbc]))'
    + ' + new TextDecoder("windows-1252").decode(new Uint8Array([0xfc]));', 'üü'],
  normalize: ['return "ﬁ".normalize("NFKD");', 'fi'],
  buffers: ['let n = 0; for (let i = 0; i < 20; i += 1) n += new ArrayBuffer(3e6).byteLength; return n;', 6e7],
  performance: ['return performance.now() > 0;', true],
  webassembly: [`const { instance } = await WebAssembly.instantiate(new Uint8Array([${wasm}]));
    const { add, grow, mem } = instance.exports;
    let x = 0; for (let i = 0; i < 100000; i += 1) x = add(x, 1);
    return [x, grow(100), mem.buffer.byteLength].join();`, '100000,1,6619136'],
};

const files = {};
for (const [name, [code]] of Object.entries(work)) {
  files[`pages/api/${name}.js`] = `export default async () => {
    const run = async () => { ${code} };
    return Response.json(await run());
  };`;
}

/** The workers, once all are in their jails: one that was just forked is still on its way there. */
function jailedWorkers(brink) {
  return until(() => {
    const workers = brink.workers();
    return workers.length >= 2 && workers.every(isJailed) && workers;
  }, 'a worker that serves and a spare, both jailed');
}

function isJailed(pid) {
  try {
    const tasks = readdirSync(`/proc/${pid}/task`);
    return tasks.length === 2 && tasks.every((task) => statusOf(pid, task).Seccomp === '2');
  } catch {
    return false; // it ended meanwhile
  }
}

function statusOf(pid, task) {
  const text = readFileSync(`/proc/${pid}${task ? `/task/${task}` : ''}/status`, 'utf8');
  return Object.fromEntries(text.trim().split('\n').map((line) => line.split(/:\s*/, 2)));
}

test('V8 needs nothing that the jail refuses', limits, async (t) => {
  const brink = await startBrink(t, { files, config: { workers: 2, limits: { cpu_ms: 5_000 } } });
  const before = brink.workers().sort();
  for (const [name, [, expected]] of Object.entries(work)) {
    await t.test(name, async () => {
      const answers = await Promise.all(Array.from({ length: 12 }, () => brink.get(`/api/${name}`)));
      for (const answer of answers) {
        assert.equal(answer.status, 200, answer.text);
        assert.deepEqual(JSON.parse(answer.text), expected);
      }
    });
  }
  const after = brink.workers();  // a spare may have come
  assert.ok(before.every((pid) => after.includes(pid)), 'no worker was ended by a signal');
  assert.doesNotMatch(brink.stderr, /worker ended/);
});

test('a worker under load is in its jail, with all threads', limits, async (t) => {
  const brink = await startBrink(t, { files, config: { limits: { cpu_ms: 5_000 } } });
  const load = Array.from({ length: 20 }, () => brink.get('/api/jit'));
  const workers = await jailedWorkers(brink);
  const { stdout } = await runBrink(['check', '--jail']);
  const inForce = (part) => new RegExp(`^${part}\\s+in force`, 'm').test(stdout);
  for (const pid of workers) {
    const tasks = readdirSync(`/proc/${pid}/task`);
    assert.equal(tasks.length, 2, 'the main thread and the watchdog');
    for (const task of tasks) {
      const status = statusOf(pid, task);
      assert.equal(status.NoNewPrivs, '1');
      assert.equal(status.Seccomp, '2', 'a filter');
      assert.ok(Number(status.Seccomp_filters) >= 1);
      for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapAmb']) {
        assert.equal(BigInt(`0x${status[set]}`), 0n, set);
      }
      if (inForce('user namespace')) assert.equal(BigInt(`0x${status.CapBnd}`), 0n, 'CapBnd');
    }
    const most = Object.fromEntries(readFileSync(`/proc/${pid}/limits`, 'utf8').split('\n')
      .map((line) => line.split(/\s{2,}/)).map(([name, soft, hard]) => [name, `${soft} ${hard}`]));
    assert.equal(most['Max open files'], '1 1');
    assert.equal(most['Max processes'], '0 0');
    assert.equal(most['Max core file size'], '0 0');
  }
  for (const answer of await Promise.all(load)) assert.equal(answer.status, 200, answer.text);
});

test('a worker has no descriptor but its two eventfds, and no namespace of the front', {
  ...limits, skip: process.getuid() !== 0 && 'only root may look at /proc of a worker',
}, async (t) => {
  const brink = await startBrink(t, { files });
  const { stdout } = await runBrink(['check', '--jail']);
  for (const pid of await jailedWorkers(brink)) {
    const open = readdirSync(`/proc/${pid}/fd`).map((fd) => [fd, readlinkSync(`/proc/${pid}/fd/${fd}`)]);
    assert.deepEqual(open.map(([fd]) => fd), ['0', '1', '2', '3', '4']);
    for (const [fd, target] of open) {
      if (fd === '2' && sanitized) continue; // its reports
      assert.match(target, fd < 3 ? /^\/(dev\/)?null$|null$/ : /^anon_inode:\[eventfd\]$/, fd);
    }
    for (const [file, part] of [['user', 'user'], ['net', 'network'], ['ipc', 'IPC'], ['uts', 'UTS']]) {
      if (!new RegExp(`^${part} namespace\\s+in force`, 'm').test(stdout)) {
        t.diagnostic(`no ${part} namespace on this system`);
        continue;
      }
      assert.notEqual(readlinkSync(`/proc/${pid}/ns/${file}`),
        readlinkSync(`/proc/${brink.pid}/ns/${file}`), file);
    }
  }
});

test('brink check --jail prints each layer, and its exit code says whether all are there', limits,
  async (t) => {
    const { code, stdout, stderr } = await runBrink(['check', '--jail'], { cwd: tempDir(t) });
    const lines = stdout.split('\n').filter((line) => /\b(in force|MISSING)\b/.test(line));
    assert.equal(lines.length, 14, stdout + stderr);
    assert.equal(code, stdout.includes('MISSING') ? 1 : 0);
    t.diagnostic(lines.map((line) => line.slice(0, 32).trimEnd()).join('\n'));
  });

test('--require-jail starts only where all layers are in force', limits, async (t) => {
  const { code } = await runBrink(['check', '--jail']);
  if (code !== 0) return t.skip('this system has not all of them');
  const brink = await startBrink(t, { files, args: ['--require-jail'] });
  assert.equal((await brink.get('/api/normalize')).status, 200);
  assert.doesNotMatch(brink.stderr, /without a part of their jail/);
});

test('a layer that the kernel refuses is logged, or with require_jail the reason not to start', {
  ...limits, skip: process.getuid() !== 0 && 'only root may set the limit on namespaces',
}, async (t) => {
  // A namespace of users' own in which no further one may be made, as in many containers.
  const refusing = (command) => ['--user', '--map-root-user', 'sh', '-c',
    `echo 0 > /proc/sys/user/max_user_namespaces && exec ${command}`];
  const dir = writeFiles(tempDir(t), files);
  const run = (command) => spawnSync('unshare', refusing(command), {
    encoding: 'utf8', timeout: 60_000,
  });
  if (run('true').status !== 0) return t.skip('unshare --user does not work here');
  const check = run(`${executable} check --jail`);
  assert.match(check.stdout, /^user namespace\s+MISSING/m, check.stderr);
  assert.match(check.stdout, /^system calls\s+in force/m);
  assert.equal(check.status, 1);
  const loaded = run(`${executable} check ${dir}`);
  assert.equal(loaded.status, 0, loaded.stderr);
  assert.equal(loaded.stderr.match(/run without a part of their jail/g)?.length, 1, loaded.stderr);
  assert.match(loaded.stderr, /user namespace \(No space left on device\)/);
  const required = run(`${executable} serve ${dir} --listen 127.0.0.1:0 --require-jail`);
  assert.equal(required.status, 1);
  assert.match(required.stderr, /BRINK_JAIL: the kernel refused user namespace/);
});
