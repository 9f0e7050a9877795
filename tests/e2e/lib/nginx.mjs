// A real nginx as the origin, for what must not depend on node's idea of HTTP.
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';

import { cleanUp } from './cleanup.mjs';
import { tempDir, writeFiles } from './files.mjs';
import { unusedPort } from './origin.mjs';
import { endProcess, ownProcess } from './proc.mjs';
import { send } from './http.mjs';
import { until } from './wait.mjs';

/** `files` are served below '/'; `server` is added to the server block. */
export async function nginxOrigin(t, { files = {}, server = '' } = {}) {
  const folder = tempDir(t);
  const www = path.join(folder, 'www');
  mkdirSync(www);
  writeFiles(www, files);
  const port = await unusedPort();
  writeFiles(folder, { 'nginx.conf': config(folder, port, server) });
  const args = ['-e', 'stderr', '-p', folder, '-c', path.join(folder, 'nginx.conf')];
  const child = ownProcess(spawn('nginx', args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` },
  }));
  let problems = '';
  child.stderr.on('data', (bytes) => { problems += bytes; });
  child.once('error', (error) => {
    problems += `nginx could not be started (${error.message}): run this through ./dev test`;
  });
  cleanUp(t, () => endProcess(child));
  const url = `http://127.0.0.1:${port}`;
  await until(async () => {
    if (child.pid === undefined || child.exitCode !== null) throw new Error(problems || 'nginx exited');
    return send(url, '/').then(() => true, () => false);
  }, 'nginx to answer');
  return { port, url, www, pid: child.pid };
}

function config(folder, port, server) {
  const user = process.getuid() === 0 ? 'user root;' : '';
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${folder}/${name};`).join(' ');
  return `
${user} worker_processes 1; daemon off; pid ${folder}/nginx.pid; error_log stderr warn;
events { worker_connections 1024; }
http {
  access_log off; sendfile on; keepalive_timeout 600s; keepalive_requests 1000000;
  default_type text/html; client_max_body_size 0; ${temporary}
  server {
    listen 127.0.0.1:${port}; root ${folder}/www;
    ${server}
  }
}
`;
}
