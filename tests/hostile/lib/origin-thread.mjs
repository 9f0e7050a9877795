// The origin, in a thread of its own: what good requests are proxied to, and what hostile scripts fetch.
import http from 'node:http';
import { once } from 'node:events';
import { parentPort } from 'node:worker_threads';

import { serveCalls } from './thread.mjs';

const chunk = Buffer.alloc(64 * 1024, 'origin ');

function endless(response) {
  const fill = () => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on('drain', fill);
  fill();
}

const answers = {
  '/page': (response, url) => response.end(`page ${url.searchParams.get('n')}`),
  '/quick': (response) => response.end('quick'),
  '/slow': (response) => setTimeout(() => response.end('slow'), 300),
  '/hangs': () => {},
  '/endless': endless,
  '/redirects': (response) => response.writeHead(302, { location: '/redirects' }).end(),
  '/swallows': () => {}, // but reads what is sent
};

const server = http.createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  const url = new URL(request.url, 'http://origin');
  request.on('error', () => {});
  response.on('error', () => {});
  request.resume();
  (answers[url.pathname] ?? (() => response.writeHead(404).end()))(response, url);
});
server.listen(0, '127.0.0.1');
const listening = once(server, 'listening');

serveCalls(parentPort, {
  async url() {
    await listening;
    return `http://127.0.0.1:${server.address().port}`;
  },
});
