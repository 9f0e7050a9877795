import { handle } from './handle.mjs';

const origin = process.env.ORIGIN;

const forward = (request, url, headers) =>
  fetch(origin + url.pathname + url.search, {
    method: request.method,
    headers,
    body: request.body,
    redirect: 'manual',
    decompress: false,
  });

Bun.serve({
  hostname: '127.0.0.1',
  port: Number(process.env.PORT),
  fetch: (request) => handle(request, forward),
});
