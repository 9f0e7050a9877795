// Clients that are slow in one way each, and an app and origin for them to be slow with.
import net from 'node:net';
import { once } from 'node:events';

import { cleanUp } from './cleanup.mjs';
import { httpOrigin } from './origin.mjs';

const kMiB = 1024 * 1024;
const head = (method, target, fields = '') => `${method} ${target} HTTP/1.1\r\nHost: a\r\n${fields}`;
const post = (target) => head('POST', target, 'Content-Length: 100000\r\n\r\n');

/** What each kind sends at once, what it drips afterwards (nothing: it does not read). */
export const slowKinds = {
  'head': { sends: head('GET', '/', 'X-Slow: '), drips: 'x' },
  'body to the origin': { sends: post('/upload'), drips: 'x' },
  'body to a script': { sends: post('/api/upload'), drips: 'x' },
  'not reading from the origin': { sends: head('GET', '/big', '\r\n') },
  'not reading from a script': { sends: head('GET', '/api/big', '\r\n') },
};

export const slowApp = {
  'pages/api/good.js': 'export default () => new Response("good");',
  'pages/api/upload.js': 'export default async (request) => new Response(await request.text());',
  'pages/api/big.js': `export default () => new Response(new ReadableStream({
    pull(controller) { controller.enqueue(new Uint8Array(65536)); },
  }));`,
};

/** Counts the requests that arrived under `uploads`. */
export async function slowOrigin(t) {
  const origin = await httpOrigin(t, (request, response) => {
    if (request.url === '/upload') origin.uploads += 1;
    request.resume();
    response.end(request.url === '/big' ? Buffer.alloc(64 * kMiB) : 'good');
  });
  origin.uploads = 0;
  return origin;
}

/**
 * So many clients of one kind, which go on until brink closes them: { open, closed_ms }, the sockets
 * that are open still, and how long each of the others lived.
 */
export async function startSlowClients(t, brink, { sends, drips }, number, every_ms = 500) {
  const clients = { open: new Set(), closed_ms: [] };
  const drip = setInterval(() => {
    if (drips) for (const socket of clients.open) socket.write(drips);
  }, every_ms);
  cleanUp(t, () => {
    clearInterval(drip);
    for (const socket of clients.open) socket.destroy();
  });
  for (let i = 0; i < number; ++i) {
    const socket = net.connect({ host: '127.0.0.1', port: brink.port });
    socket.on('error', () => {});
    await once(socket, 'connect');
    const since = performance.now();
    clients.open.add(socket);
    // One that does not read would never see the end: it looks at whether it may still write.
    if (drips) socket.resume();
    else socket.pause();
    socket.once('close', () => {
      clients.open.delete(socket);
      clients.closed_ms.push(performance.now() - since);
    });
    socket.write(sends);
  }
  return clients;
}
