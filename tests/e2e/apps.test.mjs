// Several apps on one front: who answers for what, and that none feels the others.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { runBrink, startBrink } from './lib/brink.mjs';
import { tempDir, writeFiles } from './lib/files.mjs';
import { errorCode } from './lib/http.mjs';
import { httpOrigin } from './lib/origin.mjs';
import { descendants, residentBytes, signal } from './lib/proc.mjs';
import { RawConnection } from './lib/raw.mjs';
import { sleep, until } from './lib/wait.mjs';

const limits = { timeout: 120_000 };
const says = (text) => `export default () => new Response(${JSON.stringify(text)});`;
const at = (host, headers = {}) => ({ headers: { ...headers, host } });

/** Folders of apps: {'shop/middleware.js': '...'}, and brink.json beside them. */
const start = (t, files, apps, top = {}, more = {}) =>
  startBrink(t, { files, config: { ...top, apps }, ...more });

test('hosts and paths choose the app', limits, async (t) => {
  const origin = await httpOrigin(t, (request, response) => response.end(`main ${request.url}`));
  const brink = await start(t, {
    'shop/middleware.js': says('shop'),
    'wild/middleware.js': says('wild'),
    'blog/middleware.js': `export default (request) =>
      new Response('blog ' + new URL(request.url).pathname);`,
    'rest/pages/api/who.js': says('rest'),
  }, [
    { name: 'shop', root: 'shop', hosts: ['shop.test'] },
    { name: 'wild', root: 'wild', hosts: ['*.wild.test'] },
    { name: 'blog', root: 'blog', paths: ['/blog'] },
    { name: 'rest', root: 'rest' },
  ], { origin: origin.url });
  const answers = {
    'shop.test /': 'shop',
    'SHOP.test.:80 /x': 'shop',
    'a.b.wild.test /': 'wild',
    'wild.test /x': 'main /x',
    'other.test /blog/post?x=1': 'blog /blog/post',
    'other.test /%62log/post': 'blog /blog/post',
    'other.test /x/../blog': 'blog /blog',
    'other.test /blog/../x': 'main /x',
    'other.test /blogs': 'main /blogs',
    'other.test /api/who': 'rest',
    'shop.test /blog': 'shop',
  };
  for (const [request, text] of Object.entries(answers)) {
    const [host, path] = request.split(' ');
    assert.equal((await brink.get(path, at(host))).text, text, request);
  }
  await t.test('no Host at all is any host', async () => {
    const connection = await RawConnection.connect(brink.url);
    connection.write('GET /api/who HTTP/1.0\r\n\r\n');
    assert.match(String(await connection.readToEnd()), /^HTTP\/1\.1 200 [^]*rest$/);
  });
});

test('a host or path that no app has', limits, async (t) => {
  const origin = await httpOrigin(t);
  const brink = await start(t, {}, [{ name: 'shop', hosts: ['shop.test'], paths: ['/a'] }],
    { origin: origin.url }, { accessLog: '-' });
  for (const [host, path] of [['other.test', '/a'], ['shop.test', '/'], ['', '/a']]) {
    const response = await brink.get(path, at(host));
    assert.equal(response.status, 404);
    assert.equal(errorCode(response), 'BRINK_NO_APP');
  }
  assert.equal((await brink.get('/a', at('shop.test'))).status, 200);
  assert.equal(origin.requests.length, 1);
  const lines = await until(() => {
    const all = brink.stdout.trim().split('\n').filter(Boolean);
    return all.length >= 4 && all.map((line) => JSON.parse(line));
  }, 'the access log');
  assert.deepEqual(lines.map((line) => line.app), [undefined, undefined, undefined, 'shop']);
  assert.equal(lines[0].error, 'BRINK_NO_APP');
});

test('origins and limits of their own', limits, async (t) => {
  const origins = await Promise.all(['top', 'own'].map((name) =>
    httpOrigin(t, (request, response) => response.end(name))));
  const spin = `export default () => {
    let n = 0; while (n < 3e8) n++; return new Response('spun'); };`;
  const brink = await start(t, {
    'a/pages/api/spin.js': spin,
    'b/pages/api/spin.js': spin,
  }, [
    { name: 'a', root: 'a', hosts: ['a.test'], limits: { cpu_ms: 20 } },
    { name: 'b', root: 'b', hosts: ['b.test'], origin: origins[1].url, workers: 2 },
  ], { origin: origins[0].url, limits: { cpu_ms: 20_000 } });
  assert.equal((await brink.get('/', at('a.test'))).text, 'top');
  assert.equal((await brink.get('/', at('b.test'))).text, 'own');
  assert.equal(errorCode(await brink.get('/api/spin', at('a.test'))), 'BRINK_CPU_LIMIT');
  assert.equal((await brink.get('/api/spin', at('b.test'))).text, 'spun');
});

test('process.env', limits, async (t) => {
  const handler = `export default () => Response.json({ ...process.env,
    proto: Object.getPrototypeOf(process.env) === Object.prototype });`;
  const brink = await start(t, { 'a/pages/api/env.js': handler, 'b/pages/api/env.js': handler }, [
    { name: 'a', root: 'a', hosts: ['a.test'],
      env: { KEY: { from_env: 'BRINK_TEST_KEY' }, STAGE: 'beta', UML: 'äöü=€' } },
    { name: 'b', root: 'b', hosts: ['b.test'], env: { NODE_ENV: 'test', constructor: 'c' } },
  ], { env: { STAGE: 'live' } }, { env: { BRINK_TEST_KEY: 's3cret', BRINK_OTHER: 'hidden' } });
  assert.deepEqual((await brink.get('/api/env', at('a.test'))).json(), {
    NODE_ENV: 'production', NEXT_RUNTIME: 'edge', STAGE: 'beta', KEY: 's3cret', UML: 'äöü=€',
    proto: true });
  assert.deepEqual((await brink.get('/api/env', at('b.test'))).json(), {
    NODE_ENV: 'test', NEXT_RUNTIME: 'edge', STAGE: 'live', constructor: 'c', proto: true });

  await t.test('of the one app of a file without apps', async (t) => {
    const brink = await startBrink(t, { config: { env: { A: '1' } }, files: {
      'middleware.js': `const early = process.env.A;
        export default () => { process.env.B = '2';
          return Response.json([early, process.env.A, process.env.B, process.env.HOME ?? null]); };`,
    } });
    assert.deepEqual((await brink.get('/')).json(), ['1', '1', '2', null]);
  });
});

test('a broken app stops no other', limits, async (t) => {
  const origin = await httpOrigin(t, (request, response) => response.end('origin'));
  const brink = await start(t, {
    'good/middleware.js': says('good'),
    'bad/middleware.js': 'import "./missing.js";\nexport default () => {};',
    'bad/pages/api/x.js': says('x'),
    'handlers/pages/api/x.js': 'export default 5;',
  }, [
    { name: 'good', root: 'good', hosts: ['good.test'] },
    { name: 'bad', root: 'bad', hosts: ['bad.test'] },
    { name: 'handlers', root: 'handlers', hosts: ['handlers.test'] },
  ], { origin: origin.url }, { errorDetail: false });
  const bad = await brink.get('/', at('bad.test'));
  assert.equal(bad.status, 500);
  assert.equal(errorCode(bad), 'BRINK_SCRIPT_START_FAILED');
  assert.doesNotMatch(bad.text, /missing\.js/); // the client has no business with it
  await brink.logged(/BRINK_MODULE_NOT_FOUND.*middleware\.js:1:\d+.* app=bad/);
  assert.equal(errorCode(await brink.get('/', at('bad.test'))), 'BRINK_SCRIPT_START_FAILED');
  assert.equal((await brink.get('/', at('good.test'))).text, 'good');
  // What needs no script needs no code.
  assert.equal((await brink.get('/', at('handlers.test'))).text, 'origin');
  assert.equal(errorCode(await brink.get('/api/x', at('handlers.test'))),
    'BRINK_SCRIPT_START_FAILED');

  await t.test('and is tried again, with the files as they are then', async () => {
    writeFiles(brink.dir, { 'bad/missing.js': '' });
    await until(async () => (await brink.get('/api/x', at('bad.test'))).text === 'x',
      'the repaired app to be served');
  });
});

test('one app dies without end, the other answers', limits, async (t) => {
  const brink = await start(t, {
    'good/middleware.js': says('good'),
    'dying/pages/api/loop.js': 'export default () => { for (;;); };',
    'dying/pages/api/bomb.js': `export default () => {
      const all = []; for (;;) all.push(new Array(100_000).fill(Math.random())); };`,
    'dying/pages/api/pollute.js': `export default () => { Object.prototype.polluted = 'yes';
      return new Response(String({}.polluted)); };`,
    'good/pages/api/clean.js': 'export default () => new Response(String({}.polluted));',
  }, [
    { name: 'good', root: 'good', hosts: ['good.test'], paths: ['/'] },
    { name: 'dying', root: 'dying', hosts: ['dying.test'],
      limits: { cpu_ms: 300, memory_mb: 32, start_cpu_ms: 2000 } },
  ]);
  assert.equal((await brink.get('/', at('good.test'))).text, 'good');
  let running = true;
  const dying = (async () => {
    const codes = new Set();
    for (let i = 0; i < 12; ++i) {
      const path = i % 2 === 0 ? '/api/loop' : '/api/bomb';
      codes.add(errorCode(await brink.get(path, at('dying.test'))));
      if (i % 5 === 4) for (const pid of brink.workers().slice(-1)) signal(pid, 'SIGKILL');
      await sleep(10);
    }
    return codes;
  })().finally(() => { running = false; });
  for (let i = 0; running || i < 40; ++i) {
    const response = await brink.get('/', at('good.test'));
    // A worker of its own may have been the one that was killed; never more than an error page.
    assert.ok(response.text === 'good' || /^BRINK_WORKER/.test(errorCode(response)), response.text);
    await sleep(20);
  }
  const codes = await dying;
  assert.ok(codes.has('BRINK_CPU_LIMIT') || codes.has('BRINK_MEMORY_LIMIT'), [...codes].join());
  await brink.logged(/worker ended.* app=dying/);

  await t.test('prototypes are not shared', async () => {
    await until(async () => (await brink.get('/api/pollute', at('dying.test'))).text === 'yes',
      'the dying app to answer');
    assert.equal((await brink.get('/api/clean', at('good.test'))).text, 'good');
  });
});

test('prototype pollution in one app is invisible in the other', limits, async (t) => {
  const brink = await start(t, {
    'a/pages/api/x.js': `export default () => { Object.prototype.polluted = 'yes';
      globalThis.shared = 1; return new Response(String({}.polluted)); };`,
    'b/pages/api/x.js': `export default () =>
      new Response(String({}.polluted) + ' ' + typeof shared);`,
  }, [
    { name: 'a', root: 'a', paths: ['/api'], hosts: ['a.test'] },
    { name: 'b', root: 'b', paths: ['/api'], hosts: ['b.test'] },
  ]);
  assert.equal((await brink.get('/api/x', at('a.test'))).text, 'yes');
  assert.equal((await brink.get('/api/x', at('b.test'))).text, 'undefined undefined');
});

test('1,000 apps, three of them in use', limits, async (t) => {
  const dir = tempDir(t);
  const apps = [];
  const files = {};
  for (let i = 0; i < 1000; ++i) {
    files[`apps/${i}/middleware.js`] = says(`app ${i}`);
    apps.push({ name: `app-${i}`, root: `apps/${i}`, hosts: [`h${i}.test`] });
  }
  writeFiles(dir, files);
  const one = await startBrink(t, { dir: `${dir}/apps/0` });
  const brink = await startBrink(t, { dir, config: { apps } });
  const perApp = (residentBytes(brink.pid) - residentBytes(one.pid)) / 1000;
  t.diagnostic(`${(perApp / 1024).toFixed(1)} KiB of the front's memory for an app at rest`);
  assert.ok(perApp < 64 * 1024, `${perApp} bytes for each app`);
  await until(() => brink.workers().length === 1, 'the spare');
  for (const i of [0, 500, 999]) {
    assert.equal((await brink.get('/', at(`h${i}.test`))).text, `app ${i}`);
  }
  assert.equal(errorCode(await brink.get('/', at('h1000.test'))), 'BRINK_NO_APP');
  await until(() => brink.workers().length === 4, 'three workers and a spare');
  assert.ok(descendants(brink.pid).length <= 5);
});

test('check looks at each app', limits, async (t) => {
  const dir = writeFiles(tempDir(t), {
    'a/middleware.js': says('a'),
    'b/middleware.js': 'export default 5;',
    'brink.json': { apps: [
      { name: 'a', root: 'a', hosts: ['a.test', '*.a.test'] },
      { name: 'b', root: 'b', paths: ['/b'] }, { name: 'c', root: 'a', paths: ['/c'] },
    ] },
  });
  const { code, stdout, stderr } = await runBrink(['check', dir]);
  assert.equal(code, 1);
  assert.match(stdout, /app +a .*\nhosts +a\.test, \*\.a\.test\npaths +\/\n/);
  assert.match(stdout, /app +c /);
  assert.match(stderr, /app b \(\S+\) cannot be loaded:\n.*BRINK_MODULE_EXPORTS: .*middleware\.js must export/);
});
