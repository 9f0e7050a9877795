// The comparison with the peers, small enough for each change: brink and nginx, one round.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { executable } from './lib/brink.mjs';
import { repository, tempDir } from './lib/files.mjs';
import { ownProcess } from './lib/proc.mjs';

test('bench peers measures brink and nginx, and writes a report', { timeout: 120_000 }, async (t) => {
  const out = tempDir(t);
  const args = ['--quick', '--peers', 'nginx', '--workloads', 'W1,W3', '--parts', 'cpu,starts', '--out', out];
  const child = ownProcess(spawn(process.execPath, [path.join(repository, 'bench/peers.mjs'), ...args], {
    env: { ...process.env, BRINK_BIN: executable }, stdio: ['ignore', 'pipe', 'pipe'],
  }));
  let output = '';
  child.stdout.on('data', (bytes) => { output += bytes; });
  child.stderr.on('data', (bytes) => { output += bytes; });
  const [code] = await once(child, 'close');
  assert.equal(code, 0, output);

  const results = JSON.parse(readFileSync(path.join(out, 'results.json'), 'utf8'));
  assert.deepEqual(results.skipped, [], output);
  for (const workload of ['W1', 'W3']) {
    for (const peer of ['brink', 'nginx']) {
      const { runs, failed } = results.cpu[workload][peer];
      assert.equal(failed, undefined);
      assert.ok(runs[0].requests > 0 && runs[0].cpu_us > 0, `${workload} ${peer}`);
      assert.equal(runs[0].errors, 0);
    }
  }
  assert.equal(results.starts.brink.ms.length, results.starts.nginx.ms.length);
  const verdictOf = (id) => results.rows.find((row) => row.id === id).verdict;
  assert.notEqual(verdictOf('start'), 'skipped');
  assert.equal(verdictOf('W5'), 'skipped', 'a target without figures has no verdict');
  assert.match(output, /Process start to first answer/);
  assert.match(readFileSync(path.join(out, 'report.html'), 'utf8'), /^<!doctype html>[^]*CPU time per request/);
});
