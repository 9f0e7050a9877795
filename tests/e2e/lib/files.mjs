// Folders of a test: made under the system's temporary folder, removed when the test ends.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { cleanUp } from './cleanup.mjs';

export const repository = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '');

export function tempDir(t) {
  const folder = mkdtempSync(path.join(tmpdir(), 'brink-e2e-'));
  cleanUp(t, () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  return folder;
}

/** Writes {'pages/api/a.js': 'source', ...} below `folder`. Objects are written as JSON. */
export function writeFiles(folder, files) {
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    const plain = typeof content === 'string' || Buffer.isBuffer(content);
    writeFileSync(file, plain ? content : JSON.stringify(content, null, 2));
  }
  return folder;
}
