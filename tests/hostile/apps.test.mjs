// Apps that attack while they are loaded: `brink check` ends, in time, with a code and a reason.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { runBrink } from '../e2e/lib/brink.mjs';
import { tempDir, writeFiles } from '../e2e/lib/files.mjs';
import { apps } from './lib/apps.mjs';

const limits = { start_cpu_ms: 1000, memory_mb: 64 };
const PATIENCE_MS = 60_000; // three workers are tried, on a machine that may be busy

for (const { attacks, expect, files } of apps) {
  test(`an app with ${attacks}`, { timeout: 2 * PATIENCE_MS }, async (t) => {
    const dir = writeFiles(tempDir(t), { ...files(), 'brink.json': { limits } });
    const started = performance.now();
    const { code, signal, stdout, stderr } = await runBrink(['check', dir], { timeout_ms: PATIENCE_MS });
    t.diagnostic(`${(performance.now() - started).toFixed(0)} ms, exit code ${code}`);
    assert.equal(signal, null, stderr.slice(-2000));
    const outcome = code === 0 ? 'loads' : /BRINK_[A-Z_]+/.exec(stderr + stdout)?.[0];
    assert.ok(expect.includes(outcome), `${outcome}, exit code ${code}: ${stderr.slice(-2000)}`);
  });
}
