// The web APIs as a script finds them in a worker. Each assertion below runs inside the worker, in a
// handler made of fixtures/web-apis.js; this side reports what it said.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { startBrink } from './lib/brink.mjs';

test('web APIs', { timeout: 120_000 }, async (t) => {
  const read = (name) => readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8');
  const groups = ['fetch-types', 'urls', 'streams', 'events', 'data', 'runtime'];
  const files = { 'lib/check.js': read('check.js') };
  for (const group of groups) files[`pages/api/${group}.js`] = read(`${group}.js`);
  const brink = await startBrink(t, { files, config: { limits: { cpu_ms: 5_000 } } });

  for (const group of groups) {
    const response = await brink.get(`/api/${group}`);
    assert.equal(response.status, 200, `${group}: ${response.text}\n${brink.stderr}`);
    const results = response.json();
    assert.ok(results.length > 3);
    for (const { name, error } of results) {
      await t.test(`${group}: ${name}`, () => {
        if (error) assert.fail(error);
      });
    }
  }

  await t.test('twice gives the same: no request leaves traces', async () => {
    for (const group of groups) {
      const results = (await brink.get(`/api/${group}`)).json();
      assert.deepEqual(results.filter(({ error }) => error), []);
    }
  });
});
