// The peers: how each is started, which workloads it can do, which version it is.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { buildNextApp, nextProgram, packageVersion } from './install.mjs';

const here = import.meta.dirname;
const arm = process.arch === 'arm64';
const all = ['W1', 'W2', 'W3', 'W4', 'W5'];
const withoutJson = ['W1', 'W2', 'W3', 'W4'];

/** First line of what a program says about its version. */
export function programVersion(program, args = ['--version']) {
  const line = execFileSync('/bin/sh', ['-c', '"$0" "$@" 2>&1 || true', program, ...args], {
    encoding: 'utf8',
  });
  return line.trim().split('\n')[0];
}

const onPath = (program) =>
  [...process.env.PATH.split(':'), '/usr/sbin'].map((folder) => path.join(folder, program)).find(existsSync);

/** A file of conf/ with its {{words}} replaced, written to `target`; returns that. */
export function fillIn(name, target, words) {
  const text = readFileSync(path.join(here, 'conf', name), 'utf8').replace(/\{\{(\w+)\}\}/g, (_, word) => {
    if (!(word in words)) throw new Error(`conf/${name}: nothing for {{${word}}}`);
    return words[word];
  });
  mkdirSync(path.dirname(target), { recursive: true });
  writeFileSync(target, text);
  return target;
}

/** A plan that runs nginx with a configuration of conf/. */
export function nginxPlan(conf, folder, words) {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${folder}/${name};`)
    .join('\n  ');
  const user = process.getuid() === 0 ? 'user root;' : '';
  const file = fillIn(conf, path.join(folder, 'nginx.conf'), { ...words, folder, temporary, user });
  return { command: [onPath('nginx') ?? 'nginx', '-e', 'stderr', '-p', folder, '-c', file], files: [file] };
}

/** apps/ in a folder of the run, where workerd's configuration can embed them. */
function workerdPlan(lab, conf, name, words, flags = []) {
  const folder = path.join(lab.folder, 'workerd');
  cpSync(path.join(here, 'apps'), folder, { recursive: true });
  const file = fillIn(conf, path.join(folder, `${name}.capnp`), words);
  return { command: [workerdProgram(lab), 'serve', ...flags, file, 'config'], files: [file] };
}

const npmProgram = (lab, name, file) => path.join(lab.packages, 'node_modules', name, file);
const workerdProgram = (lab) =>
  npmProgram(lab, `@cloudflare/workerd-linux-${arm ? 'arm64' : '64'}`, 'bin/workerd');
const denoProgram = (lab) => npmProgram(lab, `@deno/linux-${arm ? 'arm64' : 'x64'}-glibc`, 'deno');
const bunProgram = (lab) => npmProgram(lab, `@oven/bun-linux-${arm ? 'aarch64' : 'x64'}`, 'bin/bun');
const app = (name) => path.join(here, 'apps', name);

/** workerd with `count` workers on the ports from `firstPort` on. */
export function workerdAppsPlan(lab, ports) {
  const services = ports.map((_, i) => `(name = "app${i}", worker = .tenant)`).join(',\n');
  const sockets = ports
    .map(
      (port, i) =>
        `(name = "socket${i}", address = "127.0.0.1:${port}", http = (), ` + `service = "app${i}")`,
    )
    .join(',\n');
  return workerdPlan(lab, 'workerd-apps.capnp', `apps-${ports.length}`, { services, sockets });
}

export const workerdLoaderPlan = (lab, port) =>
  workerdPlan(lab, 'workerd-loader.capnp', 'loader', { port }, ['--experimental']);

const environment = (lab, port) => ({
  PORT: String(port),
  ORIGIN: `http://127.0.0.1:${lab.origin.port}`,
  NODE_ENV: 'production',
});

function nextPeer(kind) {
  return {
    label: `Next.js ${kind}`,
    workloads: all,
    npm: true,
    prepare: (lab) => buildNextApp(lab.packages, kind, lab.say),
    plan: (lab, port) => ({
      command: [process.execPath, nextProgram(lab.packages), 'start', '-H', '127.0.0.1', '-p', String(port)],
      cwd: path.join(lab.packages, `next-${kind}`),
      env: { ...environment(lab, port), NEXT_TELEMETRY_DISABLED: '1' },
      files: [app(`next/${kind}/${kind}.js`), app('next/common/logic.js')],
    }),
    version: (lab) => `Next.js ${packageVersion(lab.packages, 'next')} on Node ${process.version}`,
  };
}

/**
 * By name. `plan(lab, port, plain)` is how to start it, with the middleware or, `plain`, as a proxy and nothing
 * else: { command, cwd, env, files }, `files` being those that the report shows. `npm` needs `lab.packages`,
 * `program` must be on PATH. `prepare(lab)` is called once before.
 */
export const peers = {
  brink: {
    label: 'brink',
    workloads: [...all, 'WP'],
    plan(lab, port, plain) {
      const folder = app(plain ? 'brink-plain' : 'brink');
      return {
        command: [
          lab.brink,
          'serve',
          folder,
          '--listen',
          `127.0.0.1:${port}`,
          '--origin',
          `http://127.0.0.1:${lab.origin.port}`,
          '--access-log',
          path.join(lab.folder, `brink-${port}-access.log`),
        ],
        files: [path.join(folder, 'middleware.js')],
      };
    },
    version: (lab) => programVersion(lab.brink),
  },
  nginx: {
    label: 'nginx',
    workloads: [...withoutJson, 'WP'],
    program: 'nginx',
    plan: (lab, port, plain) =>
      nginxPlan(plain ? 'nginx-plain.conf' : 'nginx.conf', path.join(lab.folder, `nginx-${port}`), {
        port,
        origin: lab.origin.port,
      }),
    version: () => programVersion(onPath('nginx'), ['-v']).replace(/^nginx version: /, ''),
  },
  haproxy: {
    label: 'haproxy',
    workloads: [...withoutJson, 'WP'],
    program: 'haproxy',
    plan(lab, port, plain) {
      const file = fillIn(
        plain ? 'haproxy-plain.cfg' : 'haproxy.cfg',
        path.join(lab.folder, `haproxy-${port}.cfg`),
        { port, origin: lab.origin.port },
      );
      return { command: [onPath('haproxy'), '-db', '-q', '-f', file], files: [file] };
    },
    version: () => programVersion(onPath('haproxy'), ['-v']).replace(/ - http.*/, ''),
  },
  deno: {
    label: 'Deno',
    workloads: all,
    npm: true,
    plan: (lab, port) => ({
      command: [denoProgram(lab), 'run', '--no-check', '--allow-net', '--allow-env', app('deno.mjs')],
      env: { ...environment(lab, port), DENO_NO_UPDATE_CHECK: '1', DENO_DIR: path.join(lab.folder, 'deno') },
      files: [app('deno.mjs'), app('handle.mjs')],
    }),
    version: (lab) => programVersion(denoProgram(lab)),
  },
  bun: {
    label: 'Bun',
    workloads: all,
    npm: true,
    plan: (lab, port) => ({
      command: [bunProgram(lab), app('bun.mjs')],
      env: environment(lab, port),
      files: [app('bun.mjs')],
    }),
    version: (lab) => `Bun ${programVersion(bunProgram(lab))}`,
  },
  workerd: {
    label: 'workerd',
    workloads: [...all, 'WP'],
    npm: true,
    plan: (lab, port, plain) =>
      workerdPlan(lab, 'workerd.capnp', `workerd-${port}`, {
        port,
        origin: lab.origin.port,
        service: plain ? 'origin' : 'main',
      }),
    version: (lab) => programVersion(workerdProgram(lab)),
  },
  node: {
    label: 'Node http',
    workloads: all,
    plan: (lab, port) => ({
      command: [process.execPath, app('node-http.mjs')],
      env: environment(lab, port),
      files: [app('node-http.mjs')],
    }),
    version: () => `Node ${process.version}`,
  },
  'edge-runtime': {
    label: 'edge-runtime',
    workloads: all,
    npm: true,
    plan: (lab, port) => ({
      command: [process.execPath, app('edge-runtime.mjs')],
      env: { ...environment(lab, port), PACKAGES: lab.packages },
      files: [app('edge-runtime.mjs')],
    }),
    version: (lab) =>
      `edge-runtime ${packageVersion(lab.packages, 'edge-runtime')} on Node ${process.version}`,
  },
  'next-proxy': nextPeer('proxy'),
  'next-middleware': nextPeer('middleware'),
};

/** Why a peer cannot run here; undefined when it can. */
export function obstacle(lab, name) {
  const { program } = peers[name];
  if (program && !onPath(program)) return `there is no ${program} on this system`;
  return undefined;
}
