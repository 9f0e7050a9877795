// Which core the measured server runs on, and which ones everything else does.
import { execFileSync } from 'node:child_process';

import { allowedCores } from '../../tests/e2e/lib/proc.mjs';

/**
 * { server, load, pair }: one core for the server, the others for load, origin and this program; `pair` are
 * the two that a server with two cells gets. With a single core both share it, and `shared` says so.
 */
export function chooseCores() {
  const all = allowedCores();
  const server = all[0];
  const load = all.length > 1 ? all.slice(1) : all;
  return { server, load, pair: all.slice(0, 2), shared: all.length < 2 };
}

/** The command, run on these cores and no others; its pid is that of `command`. */
export const pinned = (cores, command) => ['taskset', '-c', [cores].flat().join(','), ...command];

/** Moves this process, with what it starts from now on, to these cores. */
export function moveTo(cores) {
  execFileSync('taskset', ['-a', '-c', '-p', [cores].flat().join(','), String(process.pid)], {
    stdio: 'ignore',
  });
}
