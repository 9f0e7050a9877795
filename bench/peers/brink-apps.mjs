// brink with many apps, each with a host of its own.
import { mkdirSync } from 'node:fs';
import path from 'node:path';

import { unusedPort } from '../../tests/e2e/lib/origin.mjs';
import { writeFiles } from '../../tests/e2e/lib/files.mjs';
import { Server } from './server.mjs';

export const hostOf = (i) => `app${i}.test`;
export const helloOf = (i) => ({ path: '/api/hello', headers: { host: hostOf(i) } });

/** A server, not started yet, with `count` apps that all are the measured middleware. */
export async function brinkWithApps(lab, count, { config = {}, args = [], cores = lab.cores.server } = {}) {
  const folder = path.join(lab.folder, `apps-${count}`);
  mkdirSync(folder, { recursive: true });
  const root = path.join(import.meta.dirname, 'apps/brink');
  const apps = Array.from({ length: count }, (_, i) => ({
    name: `app${i}`,
    root: path.relative(folder, root),
    hosts: [hostOf(i)],
  }));
  writeFiles(folder, { 'brink.json': { ...config, apps } });
  const port = await unusedPort();
  const command = [
    lab.brink,
    'serve',
    folder,
    '--listen',
    `127.0.0.1:${port}`,
    '--origin',
    `http://127.0.0.1:${lab.origin.port}`,
    '--access-log',
    path.join(lab.folder, `brink-${port}-access.log`),
    ...args,
  ];
  const shown = count > 1 ? [] : [path.join(folder, 'brink.json')];
  lab.note(`brink with ${count} app${count === 1 ? '' : 's'}`, { command, files: shown });
  return lab.own(
    new Server({ name: `brink-${count}-apps`, plan: { command }, port, cores, folder: lab.folder }),
  );
}
