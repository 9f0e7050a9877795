// handle.mjs as an edge function of the edge-runtime package, which is in the folder PACKAGES.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(`${process.env.PACKAGES}/package.json`);
const { EdgeRuntime, runServer } = require('edge-runtime');

const source = readFileSync(new URL('./handle.mjs', import.meta.url), 'utf8').replace(
  'export async',
  'async',
);
const runtime = new EdgeRuntime({
  initialCode: `${source}
const forward = (request, url, headers) => fetch(ORIGIN + url.pathname + url.search, {
  method: request.method, headers, redirect: 'manual',
});
addEventListener('fetch', (event) => event.respondWith(handle(event.request, forward)));
`,
  extend: (context) => Object.assign(context, { ORIGIN: process.env.ORIGIN }),
});
await runServer({ runtime, host: '127.0.0.1', port: Number(process.env.PORT) });
