// Content codings of what scripts fetch: asked for, decoded for who reads, passed on for who does not;
// and what a fetch says of itself.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import zlib from 'node:zlib';

import { startBrink } from './lib/brink.mjs';
import { errorCode } from './lib/http.mjs';
import { httpOrigin, unusedPort } from './lib/origin.mjs';

const limits = { timeout: 60_000 };
const text = JSON.stringify({ big: 'page '.repeat(40_000) });
const MiB = 1 << 20;
const BOMB_BYTES = 160 * MiB;

const ENCODE = {
  gzip: zlib.gzipSync,
  'x-gzip': zlib.gzipSync,
  deflate: zlib.deflateSync,
  br: zlib.brotliCompressSync,
  zstd: zlib.zstdCompressSync,
  'deflate, gzip': (bytes) => zlib.gzipSync(zlib.deflateSync(bytes)),
};

/** Repeated empty gzip members: many bytes that stand for none. */
function emptyMembers(bytes) {
  const member = zlib.gzipSync('');
  return Buffer.alloc(Math.floor(bytes / member.length) * member.length, member);
}

const BOMBS = {
  gzip: zlib.gzipSync(Buffer.alloc(BOMB_BYTES)),
  br: zlib.brotliCompressSync(Buffer.alloc(BOMB_BYTES), { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 1 } }),
  zstd: zlib.zstdCompressSync(Buffer.alloc(BOMB_BYTES)),
};
BOMBS['gzip, gzip'] = zlib.gzipSync(BOMBS.gzip);

function answer(request, response) {
  const { pathname, searchParams } = new URL(request.url, 'http://x');
  const coding = searchParams.get('coding') ?? '';
  const send = (body) => response.writeHead(200, { 'content-encoding': coding, 'content-length': body.length }).end(body);
  switch (pathname) {
    case '/coded': return send(ENCODE[coding](text));
    case '/raw-deflate': return send(zlib.deflateRawSync(text));
    case '/cut': return send(ENCODE[coding](text).subarray(0, -9));
    case '/wrong': return send(Buffer.from('this is plain text'));
    case '/bomb': return send(BOMBS[coding]);
    case '/nothing': return send(zlib.gzipSync(zlib.gzipSync(emptyMembers(128 * MiB))));
    case '/empty-location': return response.writeHead(302, { location: '' }).end();
    case '/headers': return response.end(JSON.stringify(request.headers));
    default:
      // As a server with a compressing middleware.
      if (!/gzip/.test(request.headers['accept-encoding'] ?? '')) return response.end('plain');
      return response.writeHead(200, { 'content-encoding': 'gzip' }).end(zlib.gzipSync('compressed'));
  }
}

const APP = {
  'pages/api/read.js': `export default async (request) => {
    const response = await fetch(request.nextUrl.searchParams.get('to'));
    const body = await response.text();
    return Response.json({ body, length: response.headers.get('content-length'), coding: response.headers.get('content-encoding') });
  };`,
  'pages/api/stream.js': `export default async (request) => {
    const response = await fetch(request.nextUrl.searchParams.get('to'));
    let total = 0, largest = 0;
    for await (const chunk of response.body) { total += chunk.length; largest = Math.max(largest, chunk.length); }
    return Response.json({ total, largest });
  };`,
  'pages/api/pass.js': `export default (request) => fetch(request.nextUrl.searchParams.get('to'), { headers: request.headers });`,
  'pages/api/own.js': `export default (request) => fetch(request.nextUrl.searchParams.get('to'));`,
  'pages/api/request.js': `export default (request) => fetch(new Request(request.nextUrl.searchParams.get('to'), request));`,
  'pages/api/rewrap.js': `export default async (request) => {
    const response = await fetch(request.nextUrl.searchParams.get('to'), { headers: request.headers });
    return new Response(response.body, response);
  };`,
  'pages/api/read-on.js': `export default async (request) => {
    const response = await fetch(request.nextUrl.searchParams.get('to'), { headers: request.headers });
    return new Response(await response.text(), response);
  };`,
  'pages/api/bare.js': `export default async (request) => {
    const response = await fetch(request.nextUrl.searchParams.get('to'), { headers: request.headers });
    return new Response(response.body);
  };`,
  'pages/api/headers.js': `export default async (request) => {
    const { searchParams } = request.nextUrl;
    return fetch(searchParams.get('to'), { headers: JSON.parse(searchParams.get('set') ?? '{}') });
  };`,
  'pages/api/caught.js': `export default async (request) => {
    try { await (await fetch(request.nextUrl.searchParams.get('to'))).text(); return new Response('read'); }
    catch (error) { return new Response(error.name + ' ' + error.message); }
  };`,
  'pages/api/fails.js': `
    async function load(url) {
      return await fetch(url);
    }
    export default async (request) => {
      const answer = await load(request.nextUrl.searchParams.get('to'));
      return answer;
    };`,
  'pages/api/strings.js': `export default () => new Response(new ReadableStream({
    start(controller) { controller.enqueue('text'); controller.close(); } }));`,
};

test('content codings of fetch()', limits, async (t) => {
  const origin = await httpOrigin(t, answer);
  const brink = await startBrink(t, {
    origin,
    reach: [origin],
    config: { limits: { memory_mb: 96, cpu_ms: 2_000, wall_ms: 30_000 } },
    files: {
      ...APP,
      'middleware.js': `import { NextResponse } from 'next/server';
        export const middleware = () => fetch('${origin.url}/any', { headers: { 'accept-encoding': 'gzip' } });
        export const config = { matcher: '/mw' };`,
    },
  });
  const ask = (handler, path, options) =>
    brink.get(`/api/${handler}?to=${encodeURIComponent(origin.url + path)}`, options);
  const coded = (coding) => `/coded?coding=${encodeURIComponent(coding)}`;

  for (const coding of Object.keys(ENCODE)) {
    await t.test(`${coding}: read as a whole and as a stream`, async () => {
      const seen = (await ask('read', coded(coding))).json();
      assert.equal(seen.body, text);
      assert.equal(seen.coding, coding);
      assert.equal(seen.length, String(ENCODE[coding](text).length));
      const streamed = (await ask('stream', coded(coding))).json();
      assert.equal(streamed.total, text.length);
      assert.ok(streamed.largest <= 65_536);
    });
  }

  await t.test('deflate without its wrapping', async () => {
    assert.equal((await ask('read', '/raw-deflate?coding=deflate')).json().body, text);
  });

  await t.test('a body that is cut, or not what it says, is a TypeError', async () => {
    for (const coding of ['gzip', 'deflate', 'br', 'zstd']) {
      for (const path of ['/cut', '/wrong']) {
        assert.match((await ask('caught', `${path}?coding=${coding}`)).text, /^TypeError the (encoded )?body/, path + coding);
      }
    }
  });

  await t.test('what no script reads reaches the client compressed', async () => {
    const headers = { 'accept-encoding': 'gzip, br' };
    for (const handler of ['pass', 'request', 'rewrap']) {
      const response = await ask(handler, '/any', { headers });
      assert.equal(response.headers['content-encoding'], 'gzip', handler);
      assert.equal(zlib.gunzipSync(response.body).toString(), 'compressed', handler);
    }
    const { headers: seen, body } = await brink.get('/mw', { headers });
    assert.equal(seen['content-encoding'], 'gzip');
    assert.equal(zlib.gunzipSync(body).toString(), 'compressed');
  });

  await t.test('header and bytes agree where one of them is changed', async () => {
    for (const handler of ['read-on', 'bare']) {
      const response = await ask(handler, '/any', { headers: { 'accept-encoding': 'gzip' } });
      assert.equal(response.headers['content-encoding'], undefined, handler);
      assert.equal(response.text, 'compressed', handler);
    }
  });

  await t.test('a client that takes no coding gets none passed on', async () => {
    assert.equal((await ask('pass', '/any', { headers: { 'accept-encoding': 'identity' } })).text, 'plain');
  });

  await t.test('a client that did not ask for it gets no coding of ours', async () => {
    for (const headers of [{}, { 'accept-encoding': 'br' }, { 'accept-encoding': 'gzip;q=0' }]) {
      const response = await ask('own', '/any', { headers });
      assert.equal(response.headers['content-encoding'], undefined);
      assert.equal(response.text, 'compressed');
    }
  });

  await t.test('what a fetch says of itself, and what the script says instead', async () => {
    const seen = (await ask('headers', '/headers')).json();
    assert.deepEqual(
      ['accept', 'accept-language', 'accept-encoding', 'sec-fetch-mode', 'user-agent'].map((name) => seen[name]),
      ['*/*', '*', 'gzip, deflate, br, zstd', 'cors', 'Next.js Middleware'],
    );
    const set = { accept: 'a/b', 'accept-language': 'de', 'accept-encoding': 'br', 'user-agent': 'mine' };
    const own = (await ask('headers', `/headers`).then(() =>
      brink.get(`/api/headers?to=${encodeURIComponent(`${origin.url}/headers`)}&set=${encodeURIComponent(JSON.stringify(set))}`))).json();
    for (const [name, value] of Object.entries(set)) assert.equal(own[name], value, name);
    const range = (await brink.get(`/api/headers?to=${encodeURIComponent(`${origin.url}/headers`)}&set=${
      encodeURIComponent('{"range":"bytes=0-9"}')}`)).json();
    assert.equal(range['accept-encoding'], 'identity');
  });

  for (const coding of Object.keys(BOMBS)) {
    await t.test(`a bomb in ${coding}: a stream of it is bounded, the whole of it is refused`, async () => {
      const path = `/bomb?coding=${encodeURIComponent(coding)}`;
      const streamed = await ask('stream', path);
      assert.ok(streamed.status === 200
        ? streamed.json().total === BOMB_BYTES && streamed.json().largest <= 65_536
        : errorCode(streamed) === 'BRINK_CPU_LIMIT', streamed.text);
      const whole = await ask('caught', path);
      assert.ok(
        whole.status === 200
          ? /^RangeError|MEMORY_LIMIT/.test(whole.text)
          : ['BRINK_MEMORY_LIMIT', 'BRINK_CPU_LIMIT'].includes(errorCode(whole)),
        whole.text,
      );
      assert.equal((await ask('read', coded('gzip'))).json().body, text);
    });
  }

  await t.test('a bomb that decodes to nothing meets the CPU limit, or ends', async () => {
    const response = await ask('caught', `/nothing?coding=${encodeURIComponent('gzip, gzip, gzip')}`);
    assert.ok(response.status === 200 || errorCode(response) === 'BRINK_CPU_LIMIT', response.text);
    assert.equal((await ask('read', coded('gzip'))).json().body, text);
  });

  await t.test('an empty Location is an error', async () => {
    assert.equal((await ask('caught', '/empty-location')).text, 'TypeError fetch failed');
  });
});

test('what the log says of failures', limits, async (t) => {
  const origin = await httpOrigin(t, answer);
  const dead = `http://127.0.0.1:${await unusedPort()}`;
  const brink = await startBrink(t, { origin, reach: [origin, dead], files: APP });

  await t.test('a fetch that fails: cause, code, target and the line of the script', async () => {
    const response = await brink.get(`/api/fails?to=${encodeURIComponent(`${dead}/path?token=secret`)}`);
    assert.equal(errorCode(response), 'BRINK_SCRIPT_ERROR');
    const [line] = await brink.logged(/script failed.*(?:\n {4}.*)+/); // with its stack below
    assert.match(line, /TypeError: fetch failed; cause: Error: .*refused.* \(GET http:\/\/127\.0\.0\.1:\d+\/path\) \(BRINK_ORIGIN_UNREACHABLE\)/);
    assert.match(line, /pages\/api\/fails\.js:3:/);
    assert.match(line, /\[cause\]: Error/);
    assert.doesNotMatch(line.slice(line.indexOf(' error=')), /secret/);
  });

  await t.test('a stream of strings: a broken body, and a line that says why', async () => {
    await assert.rejects(brink.get('/api/strings'));
    const [line] = await brink.logged(/.*non-Uint8Array.*/);
    assert.match(line, /BRINK_SCRIPT_ERROR.*Received non-Uint8Array chunk: a value of type string/);
  });
});
