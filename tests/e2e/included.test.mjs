// tools/dist/included.mjs knows what is in the programs that others wrote, and where its terms are.
// tests/dist/ looks at the copies that are shipped.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { includedHeaders, npmPackages } from '../../tools/dist/included.mjs';
import { repository } from './lib/files.mjs';

const build = process.env.BRINK_BUILD ?? path.join(repository, 'build/release');
const json = (file) => JSON.parse(readFileSync(path.join(repository, 'js-stdlib', file), 'utf8'));

test('npm packages: all that is bundled, and all that package.json and the lock file name', () => {
  const found = npmPackages(build);
  const { packages } = json('package-lock.json');
  const locked = Object.entries(packages).filter(([place, { dev }]) => place !== '' && !dev)
    .map(([place, { version }]) => `${place.replace(/.*node_modules\//, '')} ${version}`);
  assert.deepEqual(found.map(({ name, version }) => `${name} ${version}`), locked.sort());
  for (const name of Object.keys(json('package.json').dependencies)) {
    assert.ok(found.some((each) => each.name === name), name);
  }
  for (const { name, licence } of found) {
    assert.match(readFileSync(licence, 'utf8'), /permission is hereby granted|redistribution/i, name);
  }
});

test("Debian's packages: whose headers the programs were compiled with", () => {
  const headers = includedHeaders(build);
  const owners = execFileSync('dpkg-query', ['-S', ...headers], { encoding: 'utf8' });
  // The last are headers only, or mostly.
  for (const name of ['libnode-dev', 'libuv1-dev', 'libssl-dev', 'libcli11-dev', 'libspdlog-dev']) {
    assert.match(owners, new RegExp(`^${name}[:\\s]`, 'm'));
  }
  assert.doesNotMatch(owners, /gtest|gmock|benchmark/);
});
