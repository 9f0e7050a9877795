// Scripts that take too much: each gets its documented error, and nobody else notices.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { startBrink } from './lib/brink.mjs';
import { errorCode } from './lib/http.mjs';
import { httpOrigin } from './lib/origin.mjs';
import { isAlive } from './lib/proc.mjs';
import { sleep } from './lib/wait.mjs';

const limits = { timeout: 120_000 };

/** Requests to paths that have nothing to do with the hostile one, until stop(): the failures. */
function bystanders(brink, paths) {
  const failures = [];
  let served = 0;
  let running = true;
  const loops = paths.map(async ([path, text]) => {
    while (running) {
      try {
        const response = await brink.get(path);
        if (response.text === text) served += 1;
        else failures.push(`${path}: ${response.status} ${response.text.slice(0, 200)}`);
      } catch (error) {
        failures.push(`${path}: ${error.message}`);
      }
      await sleep(2);
    }
  });
  return {
    async stop() {
      running = false;
      await Promise.all(loops);
      return { failures, served };
    },
  };
}

/** Asks for `path` and says how long past `limit_ms` its error took. */
async function hits(t, brink, path, limit_ms, { code, status }) {
  const started = performance.now();
  const response = await brink.get(path);
  const took_ms = performance.now() - started;
  t.diagnostic(`${path}: ${response.status} ${errorCode(response)} after ${took_ms.toFixed(0)} ms`
    + ` (limit ${limit_ms} ms)`);
  assert.equal(errorCode(response), code, response.text.slice(0, 500));
  assert.equal(response.status, status);
  // The promise is the limit plus 100 ms; a machine that others use too gets more.
  assert.ok(took_ms < limit_ms + 3_000, `${took_ms.toFixed(0)} ms`);
}

const cpu = { code: 'BRINK_CPU_LIMIT', status: 503 };
const wall = { code: 'BRINK_WALL_LIMIT', status: 504 };
const memory = { code: 'BRINK_MEMORY_LIMIT', status: 503 };
const fine = { 'pages/api/fine.js': 'export default () => new Response("fine");' };

test('CPU time', limits, async (t) => {
  const origin = await httpOrigin(t, (request, response) => response.end('origin'));
  const loops = {
    'for-ever': 'for (;;);',
    'try-finally': 'try { for (;;); } finally { for (;;); }',
    catches: 'for (;;) { try { for (;;); } catch {} }',
    regexp: '/^(a+)+$/.test("a".repeat(40) + "b");',
    promises: 'const turn = () => Promise.resolve().then(turn); await turn();',
    'queue-microtask': 'const turn = () => queueMicrotask(turn); turn(); await new Promise(() => {});',
    json: 'const big = Array(20000).fill({a: 1}); for (;;) JSON.parse(JSON.stringify(big));',
    sort: 'const a = Array.from({ length: 20000 }, (_, i) => i); for (;;) a.sort(() => 1);',
    getter: 'return new Response(null, { get status() { for (;;); } });',
    'in-stream': `return new Response(new ReadableStream({ pull() { for (;;); } },
      { highWaterMark: 0 }), { headers: { 'x-a': 'b' } });`,
    'generator-return': 'function* g() { try { yield 1; } finally { for (;;); } } for (const x of g()) break;',
    proxy: 'const p = new Proxy({}, { get() { for (;;); } }); return p.x;',
  };
  const files = { ...fine };
  for (const [name, code] of Object.entries(loops)) {
    files[`pages/api/${name}.js`] = `export default async (request) => { ${code} };`;
  }
  files['middleware.js'] = `export default () => { for (;;); };
    export const config = { matcher: '/mw-loop' };`;
  const brink = await startBrink(t, { origin, files });
  const others = bystanders(brink, [['/page', 'origin']]);

  for (const name of Object.keys(loops).filter((name) => name !== 'in-stream')) {
    await t.test(name, (t) => hits(t, brink, `/api/${name}`, 50, cpu));
  }
  await t.test('in a middleware', (t) => hits(t, brink, '/mw-loop', 50, cpu));

  await t.test('in a stream: the body breaks off', async () => {
    await assert.rejects(brink.get('/api/in-stream').then((response) => {
      if (errorCode(response) === cpu.code) throw new Error('aborted before its head');
    }), /aborted|hang up|reset/);
  });

  await t.test('a handler of the same app is served next', async () => {
    assert.equal((await brink.get('/api/fine')).text, 'fine');
  });

  await t.test('the origin\'s pages were served all the while', async (t) => {
    const { failures, served } = await others.stop();
    t.diagnostic(`${served} requests of others were served`);
    assert.deepEqual(failures, []);
    assert.ok(served > 20);
    assert.ok(isAlive(brink.pid));
  });
});

test('CPU time is what a script uses, not what it waits', limits, async (t) => {
  const brink = await startBrink(t, {
    files: {
      'pages/api/sleeps.js': `export default async () => {
        for (let i = 0; i < 10; i++) await new Promise((resolve) => setTimeout(resolve, 30));
        return new Response('slept');
      };`,
      'pages/api/spreads.js': `export default async () => {
        for (let i = 0; i < 40; i++) {
          const end = performance.now() + 10;
          let n = 0;
          while (n < 3e7 && performance.now() < end) n++;
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
        return new Response('spread');
      };`,
    },
  });
  await t.test('waiting is free', async () => {
    assert.equal((await brink.get('/api/sleeps')).text, 'slept');
  });
  await t.test('a little in each turn adds up', async () => {
    const response = await brink.get('/api/spreads');
    assert.equal(errorCode(response), 'BRINK_CPU_LIMIT', response.text.slice(0, 300));
  });
});

test('wall time', limits, async (t) => {
  const origin = await httpOrigin(t, (request, response) => {
    if (request.url !== '/hangs') response.end('origin');
  });
  const brink = await startBrink(t, {
    origin,
    config: { limits: { wall_ms: 300 } },
    files: {
      ...fine,
      'pages/api/never.js': 'export default () => new Promise(() => {});',
      'pages/api/timer.js': `export default () => new Promise((resolve) => setTimeout(resolve, 3600e3));`,
      'pages/api/hanging-fetch.js': `export default () => fetch('${origin.url}/hangs');`,
      'pages/api/ticks.js': `export default async () => {
        for (;;) await new Promise((resolve) => setTimeout(resolve, 10)); };`,
      'pages/api/streams.js': `export default () => new Response(new ReadableStream({
        async pull(c) {
          this.n = (this.n ?? 0) + 1;
          if (this.n > 4) return c.close();
          await new Promise((resolve) => setTimeout(resolve, 150));
          c.enqueue(new TextEncoder().encode('x'));
        } }));`,
      'middleware.js': `export default () => new Promise(() => {});
        export const config = { matcher: '/mw-never' };`,
    },
  });
  const others = bystanders(brink, [['/page', 'origin'], ['/api/fine', 'fine']]);
  const worker = await brink.workers();

  for (const path of ['/api/never', '/api/timer', '/api/hanging-fetch', '/api/ticks', '/mw-never']) {
    await t.test(path, (t) => hits(t, brink, path, 300, wall));
  }
  await t.test('many at once', async () => {
    const codes = await Promise.all(Array.from({ length: 30 }, async () =>
      errorCode(await brink.get('/api/never'))));
    assert.deepEqual([...new Set(codes)], ['BRINK_WALL_LIMIT']);
  });
  await t.test('a body may take longer than the head', async () => {
    assert.equal((await brink.get('/api/streams')).text, 'xxxx');
  });
  await t.test('pages and other handlers were served all the while, by the same worker', async (t) => {
    const { failures, served } = await others.stop();
    t.diagnostic(`${served} requests of others were served`);
    assert.deepEqual(failures, []);
    assert.deepEqual(brink.workers(), worker);
  });
});

test('memory', limits, async (t) => {
  const origin = await httpOrigin(t, (request, response) => response.end('origin'));
  const eaters = {
    'array-buffer': 'return new Response(String(new ArrayBuffer(2 ** 30).byteLength));',
    'many-buffers': 'const a = []; for (;;) a.push(new Uint8Array(1 << 20).fill(1));',
    strings: 'let s = "x"; const a = []; for (let i = 0; ; i++) a.push(s + i + "y".repeat(100000).split("").join(i));',
    objects: 'const a = []; for (;;) a.push({ a: [1, 2, 3], b: { c: {} } });',
    'array-fill': 'const a = new Array(2 ** 27).fill(0.5); return new Response(String(a.length));',
    'split': 'return new Response(String("1".repeat(2 ** 29 - 24).split("").length));',
    'json-parse': 'return new Response(String(JSON.parse("[" + "0,".repeat(2 ** 27) + "0]").length));',
    map: 'const m = new Map(); for (let i = 0; ; i++) m.set(i, [i]);',
    closures: 'let f = () => 0; for (;;) { const g = f; const big = new Array(1000).fill(g); f = () => big; }',
    stream: `let pieces = []; return new Response(new ReadableStream({
      pull(c) { for (;;) pieces.push(new Uint8Array(1 << 20).fill(2)); } }));`,
  };
  const files = { ...fine };
  for (const [name, code] of Object.entries(eaters)) {
    files[`pages/api/${name}.js`] = `export default async (request) => { ${code} };`;
  }
  // Enough CPU time that memory is what ends them.
  const brink = await startBrink(t, {
    origin, files, config: { limits: { cpu_ms: 20_000, memory_mb: 64 } },
  });
  const others = bystanders(brink, [['/page', 'origin']]);

  for (const name of Object.keys(eaters)) {
    await t.test(name, async (t) => {
      const response = await brink.get(`/api/${name}`).catch((error) => error);
      if (name === 'stream' && response instanceof Error) {
        assert.match(response.message, /aborted|hang up|reset/);
      } else if (errorCode(response) === 'BRINK_SCRIPT_ERROR') {
        // V8 refuses some sizes with a RangeError before any memory is taken: an error of the script.
        await brink.logged(/RangeError/);
      } else {
        assert.equal(errorCode(response), memory.code, `${response.status} ${response.text?.slice(0, 300)}`);
        assert.equal(response.status, memory.status);
      }
      t.diagnostic(`${name}: ${response.status} ${errorCode(response) ?? response.message}`);
      assert.equal((await brink.get('/api/fine')).text, 'fine');
    });
  }

  await t.test('the origin\'s pages were served all the while', async (t) => {
    const { failures, served } = await others.stop();
    t.diagnostic(`${served} requests of others were served`);
    assert.deepEqual(failures, []);
    assert.ok(isAlive(brink.pid));
  });
});

test('memory with the limits as they are by default', limits, async (t) => {
  const brink = await startBrink(t, {
    files: {
      ...fine,
      'pages/api/gigabyte.js': `export default () => {
        const a = []; for (let i = 0; i < 1024; i++) a.push(new Uint8Array(1 << 20));
        return new Response(String(a.length)); };`,
    },
  });
  const response = await brink.get('/api/gigabyte');
  t.diagnostic(`${response.status} ${errorCode(response)}`);
  assert.match(errorCode(response) ?? response.text, /^BRINK_(MEMORY_LIMIT|CPU_LIMIT|SCRIPT_ERROR)$/);
  assert.equal((await brink.get('/api/fine')).text, 'fine');
});

test('a body that is larger than a script may read', limits, async (t) => {
  const brink = await startBrink(t, {
    config: { limits: { request_body_bytes: 100_000 } },
    files: {
      'pages/api/read.js': 'export default async (request) => new Response(String((await request.text()).length));',
      'pages/api/catch.js': `export default async (request) => {
        await request.text().catch(() => {});
        return new Response('caught'); };`,
      ...fine,
    },
  });
  assert.equal((await brink.post('/api/read', 'x'.repeat(100_000))).text, '100000');
  for (const headers of [{}, { 'transfer-encoding': 'chunked' }]) {
    const response = await brink.post('/api/read', 'x'.repeat(200_000), { headers });
    assert.equal(response.status, 413);
    assert.equal(errorCode(response), 'BRINK_BODY_TOO_LARGE');
  }
  const workers = brink.workers();
  const late = await brink.post('/api/catch', 'x'.repeat(200_000));
  assert.equal(errorCode(late), 'BRINK_BODY_TOO_LARGE');
  assert.equal((await brink.get('/api/fine')).text, 'fine');
  assert.deepEqual(brink.workers(), workers, 'an answer that comes after the error is no fault');
});

test('code that takes too long to load', limits, async (t) => {
  await assert.rejects(startBrink(t, {
    config: { limits: { start_cpu_ms: 300 } },
    files: { 'middleware.js': 'for (;;);\nexport default () => {};' },
  }), /BRINK_START_LIMIT/);
});
