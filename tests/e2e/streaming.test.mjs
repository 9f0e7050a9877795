// Large bodies: 1 GiB each way with front and worker memory flat, and readers that are slow.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { startBrink } from './lib/brink.mjs';
import { httpOrigin } from './lib/origin.mjs';
import { residentBytes, watchMemory } from './lib/proc.mjs';
import { sleep, until } from './lib/wait.mjs';

const MiB = 1024 * 1024;
const gigabyte = 1024 * MiB;
const allowedGrowth = 32 * MiB;

// Passes every path on, by the four ways a body can take through brink.
const app = {
  'middleware.js': `import { NextResponse } from 'next/server';
    export default (request) => NextResponse.next({ headers: { 'x-edge': 'middleware' } });
    export const config = { matcher: '/mw/:path*' };`,
  'pages/api/pass.js': `export default (request) => fetch(
      new URL(request.nextUrl.searchParams.get('to')),
      { method: request.method, body: request.body, duplex: 'half' });`,
  'pages/api/script.js': `let sent = 0; // by all answers of this worker
    export default (request) => {
      if (request.method === 'POST') return count(request);
      if (request.nextUrl.searchParams.has('sent')) return Response.json(sent);
      let left = Number(request.nextUrl.searchParams.get('bytes'));
      const piece = new Uint8Array(65536);
      return new Response(new ReadableStream({
        pull(controller) {
          if (left <= 0) return controller.close();
          left -= piece.length;
          sent += piece.length;
          controller.enqueue(piece.slice());
        },
      }));
    };
    async function count(request) {
      let bytes = 0;
      for await (const piece of request.body) bytes += piece.length;
      return Response.json({ bytes });
    }`,
};

/** Sends `bytes` zeros down for GET /.../N; counts what comes up for POST. */
function bulk(request, response) {
  if (request.method === 'POST') {
    let bytes = 0;
    request.on('data', (piece) => { bytes += piece.length; });
    request.on('end', () => response.end(JSON.stringify({ bytes })));
    return;
  }
  const total = Number(request.url.split('/').pop());
  response.setHeader('content-length', total);
  pour(response, total);
}

function pour(stream, total) {
  const piece = Buffer.alloc(256 * 1024);
  let left = total;
  const more = () => {
    while (left > 0 && !stream.destroyed) {
      const size = Math.min(left, piece.length);
      left -= size;
      if (!stream.write(size === piece.length ? piece : piece.subarray(0, size))) {
        stream.once('drain', more);
        return;
      }
    }
    if (!stream.destroyed) stream.end();
  };
  more();
}

async function download(brink, path) {
  const response = await brink.open(path);
  let bytes = 0;
  response.stream.on('data', (piece) => { bytes += piece.length; });
  await new Promise((resolve, reject) => {
    response.stream.once('end', resolve).once('error', reject);
  });
  return { ...response, bytes };
}

async function upload(brink, path, bytes, headers) {
  const answer = brink.open(path, {
    method: 'POST', headers, body: null, onRequest: (request) => pour(request, bytes),
  });
  const response = await answer;
  let text = '';
  for await (const piece of response.stream) text += piece;
  assert.equal(response.status, 200, text);
  return JSON.parse(text).bytes;
}

test('1 GiB, with memory flat', { timeout: 300_000 }, async (t) => {
  const origin = await httpOrigin(t, bulk);
  const brink = await startBrink(t, { origin, files: app, config: { limits: { cpu_ms: 60_000 } } });
  const pass = (path) => `/api/pass?to=${encodeURIComponent(origin.url + path)}`;

  const flat = async (work) => {
    await work(8 * MiB); // reach the steady state first
    const watch = watchMemory(() => [brink.pid, ...brink.workers()]);
    const started = performance.now();
    const result = await work(gigabyte);
    const seconds = (performance.now() - started) / 1000;
    const grown = watch.stop();
    for (const { pid, growth, peak } of grown) {
      const who = pid === brink.pid ? 'front' : 'worker';
      t.diagnostic(`${who} grew by ${(growth / MiB).toFixed(1)} to ${(peak / MiB).toFixed(1)} MiB`
        + ` in ${seconds.toFixed(1)} s`);
      assert.ok(growth <= allowedGrowth, `${who} grew by ${(growth / MiB).toFixed(1)} MiB`);
    }
    return result;
  };

  for (const [name, path] of [
    ['proxied', (bytes) => `/down/${bytes}`],
    ['through NextResponse.next()', (bytes) => `/mw/down/${bytes}`],
    ['through return fetch()', (bytes) => pass(`/down/${bytes}`)],
  ]) {
    await t.test(`down, ${name}`, async () => {
      await flat(async (bytes) => {
        const response = await download(brink, path(bytes));
        assert.equal(response.status, 200);
        assert.equal(response.bytes, bytes);
      });
    });
  }

  for (const [name, path] of [
    ['proxied', '/up'],
    ['through NextResponse.next()', '/mw/up'],
    ['through fetch(url, { body: request.body })', pass('/up')],
  ]) {
    for (const chunked of [false, true]) {
      await t.test(`up, ${name}, ${chunked ? 'chunked' : 'of known length'}`, async () => {
        await flat(async (bytes) => {
          const headers = chunked ? { 'transfer-encoding': 'chunked' } : { 'content-length': bytes };
          assert.equal(await upload(brink, path, bytes, headers), bytes);
        });
      });
    }
  }
});

test('64 MiB that a script makes or reads, with memory flat', { timeout: 120_000 }, async (t) => {
  const brink = await startBrink(t, {
    files: app,
    config: { limits: { cpu_ms: 60_000, request_body_bytes: 512 * MiB } },
  });
  const bytes = 64 * MiB;
  const check = async (work) => {
    await work();
    const watch = watchMemory(() => [brink.pid, ...brink.workers()]);
    await work();
    for (const { pid, growth } of watch.stop()) {
      const who = pid === brink.pid ? 'front' : 'worker';
      t.diagnostic(`${who} grew by ${(growth / MiB).toFixed(1)} MiB`);
      assert.ok(growth <= allowedGrowth, `${who} grew by ${(growth / MiB).toFixed(1)} MiB`);
    }
  };

  await t.test('down', () => check(async () => {
    assert.equal((await download(brink, `/api/script?bytes=${bytes}`)).bytes, bytes);
  }));

  await t.test('up', () => check(async () => {
    assert.equal(await upload(brink, '/api/script', bytes, { 'content-length': bytes }), bytes);
  }));
});

test('a slow reader holds its sender back', { timeout: 90_000 }, async (t) => {
  const state = { sent: 0 };
  const origin = await httpOrigin(t, (request, response) => {
    const piece = Buffer.alloc(64 * 1024);
    const more = () => {
      while (!response.destroyed) {
        state.sent += piece.length;
        if (!response.write(piece)) return void response.once('drain', more);
      }
    };
    more();
  });
  const brink = await startBrink(t, { origin, files: app, config: { limits: { cpu_ms: 5_000 } } });

  const waitForStandstill = (value) => until(async () => {
    const before = await value();
    await sleep(300);
    return await value() === before && before > 0;
  }, 'the sender to stand still', { timeout_ms: 30_000, every_ms: 1 });

  await t.test('a client that does not read: the origin stands still', async () => {
    const resting = residentBytes(brink.pid);
    const response = await brink.open('/endless');
    await waitForStandstill(() => state.sent);
    t.diagnostic(`the origin had sent ${(state.sent / MiB).toFixed(1)} MiB, most into socket buffers`);
    assert.ok(residentBytes(brink.pid) < resting + 80 * MiB);
    assert.ok(state.sent < 64 * MiB, `${state.sent / MiB} MiB were taken from the origin`);
    const before = state.sent;
    response.stream.resume();
    await until(() => state.sent > before + 32 * MiB, 'the flow to go on');
    response.stream.destroy();
  });

  await t.test('a client that does not read: the script stands still', async () => {
    const response = await brink.open(`/api/script?bytes=${gigabyte}`);
    const growth = watchMemory(() => [brink.pid, ...brink.workers()]);
    const sent = async () => (await brink.get('/api/script?sent')).json();
    const before = await sent();
    await waitForStandstill(sent);
    for (const { growth: bytes } of growth.stop()) assert.ok(bytes <= allowedGrowth);
    const taken = await sent() - before;
    assert.ok(taken < 64 * MiB, `${taken / MiB} MiB were taken from the script`);
    response.stream.destroy();
    assert.equal((await download(brink, `/api/script?bytes=${MiB}`)).bytes, MiB);
  });

  await t.test('an origin that does not read: the client stands still', async () => {
    const deaf = await httpOrigin(t, (request) => request.pause());
    // The client's leaving stands behind bytes that nobody reads any more, so it ends by a time-out.
    const other = await startBrink(t, { origin: deaf, config: { timeouts: { drain_ms: 1_000 } } });
    let sent = 0;
    const piece = Buffer.alloc(64 * 1024);
    let request;
    const gone = other.open('/up', {
      method: 'POST', headers: { 'transfer-encoding': 'chunked' }, body: null,
      onRequest(made) {
        request = made;
        const more = () => {
          while (!made.destroyed) {
            sent += piece.length;
            if (!made.write(piece)) return void made.once('drain', more);
          }
        };
        more();
      },
    }).catch(() => {});
    await waitForStandstill(() => sent);
    assert.ok(sent < 64 * MiB, `${sent / MiB} MiB were taken from the client`);
    request.destroy();
    await gone;
  });
});
