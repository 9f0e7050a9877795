// tools/tests/run.mjs, by which `./dev test` runs everything: a test that fails is run once more, alone.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { repository, tempDir, writeFiles } from './lib/files.mjs';

const runner = path.join(repository, 'tools/tests/run.mjs');

function run(dir, ...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [runner, ...args],
    { cwd: dir, encoding: 'utf8' });
  const named = (kind) => stdout.split('\n').filter((line) => line.startsWith(`${kind}: `))
    .map((line) => line.slice(kind.length + 2));
  return { status, output: stdout + stderr, flaky: named('flaky'), failedTwice: named('failed twice') };
}

/** A file of tests: what each is named, and what it does. `fails(N)` throws in the first N runs. */
function suite(tests) {
  const bodies = tests.map(([name, body]) => `test(${JSON.stringify(name)}, async (t) => { ${body} });`);
  return `import fs from 'node:fs';
    import { test } from 'node:test';
    const note = (name) => fs.appendFileSync('ran', name + '\\n');
    function fails(times, name = 'once') {
      note(name);
      const runs = fs.readFileSync('ran', 'utf8').split('\\n').filter((line) => line === name).length;
      if (runs <= times) throw new Error('not this time');
    }
    ${bodies.join('\n')}`;
}
const ran = (dir) => readFileSync(path.join(dir, 'ran'), 'utf8').trim().split('\n');

test("node's runner", async (t) => {
  await t.test('a test that fails once is flaky, and run again without the others', (t) => {
    const dir = writeFiles(tempDir(t), { 'a.test.mjs': suite([
      ['good', "note('good');"],
      ['fails (once) /a.*+b/ "\\', "await t.test('inner', () => fails(1)); await t.test('other', () => note('other'));"],
      ['also good', "note('also good');"],
    ]) });
    const { status, flaky, output } = run(dir, 'node', 'a.test.mjs');
    assert.deepEqual(flaky, ['a.test.mjs: fails (once) /a.*+b/ "\\'], output);
    assert.equal(status, 0);
    assert.deepEqual(ran(dir), ['good', 'once', 'other', 'also good', 'once', 'other']);
  });

  await t.test('one that fails again fails', (t) => {
    const dir = writeFiles(tempDir(t), { 'a.test.mjs': suite([
      ['good', ''], ['bad', "fails(2, 'bad');"], ['flaky', 'fails(1);'],
    ]) });
    const { status, flaky, failedTwice, output } = run(dir, 'node', 'a.test.mjs');
    assert.deepEqual([flaky, failedTwice], [['a.test.mjs: flaky'], ['a.test.mjs: bad']], output);
    assert.equal(status, 1);
  });

  await t.test('so does a file that breaks off', (t) => {
    const dir = writeFiles(tempDir(t), {
      'a.test.mjs': suite([['good', '']]), 'b.test.mjs': 'process.exit(3);',
    });
    const { status, failedTwice, output } = run(dir, 'node', 'a.test.mjs', 'b.test.mjs');
    assert.deepEqual(failedTwice, ['b.test.mjs'], output);
    assert.equal(status, 1);
  });

  await t.test('and a run without tests', (t) => {
    const dir = writeFiles(tempDir(t), { 'a.test.mjs': suite([['skipped', 't.skip();']]) });
    assert.equal(run(dir, 'node', 'a.test.mjs').status, 1);
  });

  await t.test('items of a list are run again by their variable', (t) => {
    const dir = writeFiles(tempDir(t), { 'a.test.mjs': suite([['list', `
      for (const item of ['x/a', 'x/b', 'x/bc']) {
        if (!new RegExp(process.env.ONLY ?? '').test(item)) continue;
        await t.test(item + ': what it does', () => item === 'x/b' ? fails(1, item) : note(item));
      }`]]) });
    const { status, flaky, output } = run(dir, 'node', '--subtests-by', 'ONLY', 'a.test.mjs');
    assert.deepEqual(flaky, ['a.test.mjs: x/b'], output);
    assert.equal(status, 0);
    assert.deepEqual(ran(dir), ['x/a', 'x/b', 'x/bc', 'x/b']);
  });
});

test('ctest', async (t) => {
  const cases = (dir, names) => names.map(([name, script]) =>
    `add_test([=[${name}]=] sh -c [=[cd ${dir}; ${script}]=])`).join('\n');
  const once = 'test -e once || { touch once; exit 1; }';

  await t.test('a test that fails once is flaky', (t) => {
    const dir = tempDir(t);
    writeFiles(dir, { 'CTestTestfile.cmake': cases(dir, [['good', 'true'], ['a/<b> & "c"', once]]) });
    const { status, flaky, output } = run(dir, 'ctest', '--test-dir', '.');
    assert.deepEqual(flaky, ['a/<b> & "c"'], output);
    assert.equal(status, 0);
  });

  await t.test('one that fails again fails', (t) => {
    const dir = tempDir(t);
    writeFiles(dir, { 'CTestTestfile.cmake': cases(dir, [['bad', 'false'], ['flaky', once]]) });
    const { status, flaky, failedTwice, output } = run(dir, 'ctest', '--test-dir', '.');
    assert.deepEqual([flaky, failedTwice], [['flaky'], ['bad']], output);
    assert.equal(status, 1);
  });
});
