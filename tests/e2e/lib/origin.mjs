// Origins that live inside the test: HTTP by node, and raw TCP for answers that are wrong on purpose.
import http from 'node:http';
import net from 'node:net';
import { once } from 'node:events';

import { cleanUp } from './cleanup.mjs';
import { RawConnection } from './raw.mjs';
import { until } from './wait.mjs';

function closeSockets(server) {
  const sockets = new Set();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => {});
  });
  return sockets;
}

/**
 * A node:http server. `handler(request, response)`; without one it echoes the request as JSON: method,
 * url, headers, body. `requests` collects what came, `sockets` the connections that are open now.
 */
export async function httpOrigin(t, handler = echo, options = {}) {
  const origin = { requests: [], connections: 0 };
  const server = http.createServer({ keepAliveTimeout: 60_000, ...options }, (request, response) => {
    origin.requests.push({
      method: request.method,
      url: request.url,
      headers: request.headers,
      rawHeaders: request.rawHeaders,
    });
    Promise.resolve(handler(request, response)).catch((error) => {
      response.destroy();
      if (!request.destroyed) throw error;
    });
  });
  origin.sockets = closeSockets(server);
  server.on('connection', () => { origin.connections += 1; });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin.server = server;
  origin.port = server.address().port;
  origin.url = `http://127.0.0.1:${origin.port}`;
  origin.close = async () => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    for (const socket of origin.sockets) socket.destroy();
    await closed;
  };
  cleanUp(t, origin.close);
  return origin;
}

/**
 * An origin that answers nothing until it is told to: `held` by path, `arrived` in order. arrivals(N)
 * resolves once N have come. What `atOnce(path)` names is answered at once, and not counted.
 */
export async function holdingOrigin(t, { atOnce = () => false } = {}) {
  const arrived = [];
  const held = new Map();
  const origin = await httpOrigin(t, async (request, response) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    if (atOnce(request.url)) return void response.end('at once');
    arrived.push({ path: request.url, body: Buffer.concat(parts).toString() });
    held.set(request.url, response);
    response.on('close', () => { if (held.get(request.url) === response) held.delete(request.url); });
  });
  const paths = () => arrived.map(({ path }) => path);
  const arrivals = (count) => until(() => arrived.length >= count, `${count} requests at the origin`);
  return { origin, arrived, held, paths, arrivals };
}

export async function echo(request, response) {
  const parts = [];
  for await (const part of request) parts.push(part);
  const body = JSON.stringify({
    method: request.method,
    url: request.url,
    headers: request.headers,
    rawHeaders: request.rawHeaders,
    trailers: request.trailers,
    body: Buffer.concat(parts).toString('latin1'),
  });
  response.writeHead(200, { 'content-type': 'application/json', 'x-origin': 'echo' });
  response.end(body);
}

/**
 * Calls `serve(connection, number)` for each TCP connection (number counts from 1). What it throws
 * fails the test at its end, unless brink just closed on it.
 */
export async function rawOrigin(t, serve) {
  const origin = { connections: [], errors: [] };
  const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    const connection = new RawConnection(socket);
    origin.connections.push(connection);
    Promise.resolve(serve(connection, origin.connections.length)).catch((error) => {
      if (!connection.ended) origin.errors.push(error);
    });
  });
  const sockets = closeSockets(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin.port = server.address().port;
  origin.url = `http://127.0.0.1:${origin.port}`;
  origin.close = async () => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  cleanUp(t, async () => {
    await origin.close();
    if (origin.errors.length > 0) throw origin.errors[0];
  });
  return origin;
}

/** A port on which nothing listens (until somebody else takes it). */
export async function unusedPort() {
  const server = net.createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
