// Clients that are slow in every way there is: others are served well, memory stays bounded and comes
// back, and each slow one is closed by its limit. BRINK_SLOW_CLIENTS=N takes N of each kind.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { startBrink } from './lib/brink.mjs';
import { children, descriptors, residentBytes } from './lib/proc.mjs';
import { slowApp, slowKinds, slowOrigin, startSlowClients } from './lib/slow.mjs';
import { until } from './lib/wait.mjs';

const number = Number(process.env.BRINK_SLOW_CLIENTS ?? 40);
const limits = { timeout: 180_000 };
const kMiB = 1024 * 1024;
const timeouts = { client_head_ms: 2_000, client_body_ms: 2_000 };

for (const [kind, what] of Object.entries(slowKinds)) {
  test(`${number} clients: ${kind}`, limits, async (t) => {
    const origin = await slowOrigin(t);
    const brink = await startBrink(t, { files: slowApp, origin, config: { timeouts } });
    const good = async () => {
      for (const target of ['/', '/api/good']) {
        const response = await brink.get(target);
        assert.equal(response.status, 200, response.text);
        assert.equal(response.text, 'good');
      }
    };
    await good();
    const before = { memory: residentBytes(brink.pid), descriptors: descriptors(brink.pid) };
    const clients = await startSlowClients(t, brink, what, number);
    let most = 0;
    await until(async () => {
      await good();
      most = Math.max(most, residentBytes(brink.pid));
      return descriptors(brink.pid) <= before.descriptors + 8;
    }, 'all slow clients to be closed', { timeout_ms: 60_000 });
    if (what.drips) await until(() => clients.open.size === 0, 'all clients to see it');
    assert.ok(most < before.memory + number * kMiB + 32 * kMiB, `${most / kMiB} MiB`);
    await good();
    assert.ok(children(brink.pid).length > 0);
  });
}
