// Chromium without a window, for pages that the project makes.
import { accessSync, constants } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

import { cleanUp } from './cleanup.mjs';
import { repository } from './files.mjs';

// Nothing that would call home, and no sandbox: as root Chromium does not start with one.
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--disable-dev-shm-usage',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

function chromiumOnPath() {
  for (const folder of process.env.PATH.split(':')) {
    const file = path.join(folder, 'chromium');
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // in the next one, then
    }
  }
  throw new Error('there is no chromium on PATH: run this through ./dev test');
}

/** A browser of playwright-core's, ended with the test. */
export async function startBrowser(t) {
  const require = createRequire(path.join(repository, 'bench/report/package.json'));
  const { chromium } = require('playwright-core');
  const browser = await chromium.launch({ executablePath: chromiumOnPath(), args: flags });
  cleanUp(t, () => browser.close());
  return browser;
}
