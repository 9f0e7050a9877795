import { handle } from './handle.mjs';

const origin = Deno.env.get('ORIGIN');

const forward = (request, url, headers) =>
  fetch(origin + url.pathname + url.search, {
    method: request.method,
    headers,
    body: request.body,
    redirect: 'manual',
  });

Deno.serve({ hostname: '127.0.0.1', port: Number(Deno.env.get('PORT')), onListen() {} }, (request) =>
  handle(request, forward),
);
