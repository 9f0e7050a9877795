// What all sections of a run share: the origin, the servers, the meter, and the results as they come.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { unusedPort } from '../../tests/e2e/lib/origin.mjs';
import { writeFiles } from '../../tests/e2e/lib/files.mjs';
import { nginxPlan, peers } from './peers.mjs';
import { Server } from './server.mjs';
import { originFiles } from './workloads.mjs';

export class Lab {
  /**
   * `options` are those of peers.mjs; `out` the folder of the results, `brink` the executable, `packages` the
   * folder of the npm peers.
   */
  constructor({ options, out, brink, packages, cores, progress }) {
    Object.assign(this, { options, out, brink, packages, cores, progress });
    this.folder = path.join(out, 'run');
    this.running = new Set();
    this.say = (text) => this.progress.say(text);
    this.results = { version: 1, cpu: {}, commands: [], skipped: [] };
    mkdirSync(this.folder, { recursive: true });
  }

  /** Peers of this run that can do a workload; brink first. */
  contenders(id) {
    return this.options.peers.filter((name) => peers[name].workloads.includes(id) && !this.missing?.[name]);
  }

  async startOrigin() {
    const port = await unusedPort();
    const folder = path.join(this.folder, 'origin');
    mkdirSync(path.join(folder, 'www'), { recursive: true });
    writeFiles(path.join(folder, 'www'), originFiles);
    const plan = nginxPlan('origin.conf', folder, { port });
    this.origin = new Server({ name: 'origin', plan, port, cores: this.cores.load, folder: this.folder });
    this.running.add(this.origin);
    this.note('origin', plan);
    await this.origin.spawn().answers({ path: '/page.html' });
  }

  /** A server that is not started yet; `plain` without its middleware. */
  async server(name, { plain = false, cores = this.cores.server } = {}) {
    const port = await unusedPort();
    const plan = peers[name].plan(this, port, plain);
    this.note(plain ? `${name}, plain proxy` : name, plan);
    return this.own(new Server({ name, plan, port, cores, folder: this.folder }));
  }

  /** Ends `server` when the run ends, if not before. */
  own(server) {
    this.running.add(server);
    return server;
  }

  async end(server) {
    this.running.delete(server);
    await server.stop();
  }

  async endAll() {
    await Promise.all([...this.running].map((server) => this.end(server)));
  }

  /** Also what a section that failed left behind. */
  async endAllButOrigin() {
    await Promise.all(
      [...this.running].filter((server) => server !== this.origin).map((server) => this.end(server)),
    );
  }

  /** Keeps the command of a server, and the files it reads, for the report; once for each `name`. */
  note(name, { command, cwd, env = {}, files = [] }) {
    if (this.results.commands.some((entry) => entry.name === name)) return;
    this.results.commands.push({
      name,
      command,
      cwd,
      env,
      files: files.map((file) => ({ name: path.basename(file), text: readFileSync(file, 'utf8') })),
    });
  }

  skip(what, why) {
    this.say(`${what} is left out: ${why}`);
    this.results.skipped.push({ what, why });
  }

  /** Writes results.json, whole at any moment. */
  save() {
    const file = path.join(this.out, 'results.json');
    writeFileSync(`${file}.new`, `${JSON.stringify(this.results)}\n`);
    renameSync(`${file}.new`, file);
    return file;
  }
}
