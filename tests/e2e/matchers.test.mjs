// Which requests a middleware sees: config.matcher, where its file may be, and what it may import.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { startBrink } from './lib/brink.mjs';
import { httpOrigin } from './lib/origin.mjs';
import { isAlive, signal } from './lib/proc.mjs';
import { within } from './lib/wait.mjs';

const limits = { timeout: 60_000 };
const body = `import { NextResponse } from 'next/server';
export function middleware() { return NextResponse.next({ headers: { 'x-edge': '1' } }); }`;

/** Whether the middleware ran, for each path. */
async function sees(brink, paths) {
  const seen = {};
  for (const path of paths) {
    const response = await brink.get(path);
    assert.equal(response.status, 200, `${path}: ${response.text}`);
    seen[path] = response.headers['x-edge'] === '1';
  }
  return seen;
}

test('config.matcher', limits, async (t) => {
  const origin = await httpOrigin(t, (request, response) => response.end('origin'));
  const cases = [
    ['none: every path', '', { '/': true, '/a/b.css': true, '/_next/static/x.js': true }],
    ['a string', `matcher: '/about'`, { '/about': true, '/about?q=1': true, '/about/us': false, '/': false }],
    ['a list', `matcher: ['/about', '/shop/:path*']`,
      { '/about': true, '/shop': true, '/shop/a/b': true, '/shopping': false, '/x': false }],
    ['a parameter', `matcher: '/user/:id'`, { '/user/7': true, '/user': false, '/user/7/edit': false }],
    ['one or more', `matcher: '/docs/:path+'`, { '/docs/a': true, '/docs/a/b': true, '/docs': false }],
    ['optional', `matcher: '/list/:page?'`, { '/list': true, '/list/2': true, '/list/2/3': false }],
    ['a regular expression', `matcher: '/post/:id(\\\\d{1,})'`, { '/post/12': true, '/post/ab': false }],
    ['a negative look-ahead', `matcher: '/((?!api|_next/static|favicon.ico).*)'`,
      { '/': true, '/page': true, '/api/x': false, '/_next/static/a.js': false, '/favicon.ico': false }],
    ['what a client encoded', `matcher: '/admin/:path*'`,
      { '/admin/x': true, '/%61dmin/x': true, '/adm%69n': true, '/other': false, '/x/../admin/y': true,
        '/x/%2e%2e/admin': true, '/./admin': true, '/admin/../other': false }],
    ['what an origin may read', `matcher: '/admin/:path*'`,
      { '/admin%2Fx': true, '/x%2F..%2Fadmin': true, '/%5Cadmin': true, '/admin;x': true, '/x/..;/admin': true,
        '/%2561dmin': true, '/admin.rsc': true, '/a%2Fb': false, '/a;b': false, '/caf%C3%A9': false }],
    ['what is left out, unless an origin may read it otherwise', `matcher: '/((?!public).*)'`,
      { '/public/x': false, '/public/a%20b': false, '/public%2F..%2Fadmin': true, '/public/..%2Fadmin': true }],
  ];
  for (const [name, matcher, expected] of cases) {
    await t.test(name, async (t) => {
      const config = matcher && `\nexport const config = { ${matcher} };`;
      const brink = await startBrink(t, { origin, files: { 'middleware.js': body + config } });
      assert.deepEqual(await sees(brink, Object.keys(expected)), expected);
    });
  }
});

test('a path that no matcher selects needs no worker', limits, async (t) => {
  const origin = await httpOrigin(t, (request, response) => response.end('origin'));
  const brink = await startBrink(t, {
    origin,
    files: { 'middleware.js': `${body}\nexport const config = { matcher: '/mw/:path*' };` },
  });
  assert.equal((await brink.get('/mw/x')).headers['x-edge'], '1');
  const workers = brink.workers();
  assert.ok(workers.length >= 1);

  await t.test('it is served while all workers are stopped', async () => {
    for (const pid of workers) signal(pid, 'SIGSTOP');
    try {
      for (let i = 0; i < 20; i++) {
        assert.equal((await within(brink.get(`/plain/${i}`), 'a proxied request')).text, 'origin');
      }
    } finally {
      for (const pid of workers) signal(pid, 'SIGCONT');
    }
  });

  await t.test('and its bodies too', async () => {
    for (const pid of workers) signal(pid, 'SIGSTOP');
    try {
      const response = await within(brink.post('/plain', 'x'.repeat(200_000)), 'a proxied upload');
      assert.equal(response.text, 'origin');
    } finally {
      for (const pid of workers) signal(pid, 'SIGCONT');
    }
  });

  await t.test('the workers go on afterwards', async () => {
    assert.ok(workers.every(isAlive));
    assert.equal((await brink.get('/mw/x')).headers['x-edge'], '1');
  });
});

test('where the middleware is, and what it is called', limits, async (t) => {
  const origin = await httpOrigin(t, (request, response) => response.end('origin'));
  const answer = 'new Response("from middleware")';
  const apps = {
    'middleware.js, export middleware': { 'middleware.js': `export const middleware = () => ${answer};` },
    'middleware.js, export default': { 'middleware.js': `export default async () => ${answer};` },
    'middleware.mjs': { 'middleware.mjs': `export function middleware() { return ${answer}; }` },
    'proxy.js, export proxy': { 'proxy.js': `export function proxy() { return ${answer}; }` },
    'proxy.mjs, export default': { 'proxy.mjs': `export default () => ${answer};` },
    'src/middleware.js': { 'src/middleware.js': `export default () => ${answer};` },
    'src/proxy.js': { 'src/proxy.js': `export const proxy = () => ${answer};` },
  };
  for (const [name, files] of Object.entries(apps)) {
    await t.test(name, async (t) => {
      const brink = await startBrink(t, { origin, files });
      assert.equal((await brink.get('/')).text, 'from middleware');
    });
  }
});

test('ES modules', limits, async (t) => {
  const brink = await startBrink(t, {
    files: {
      'middleware.js': `
import { NextResponse } from 'next/server';
import * as server from 'next/server';
import greet, { times as count } from './lib/greet.js';
import './lib/side-effect.mjs';
import { shared } from './lib/shared.js';
const top = await Promise.resolve('top-level await');
export default async function (request) {
  shared.calls += 1;
  const lazy = request.nextUrl.searchParams.has('lazy') ? (await import('./lib/lazy.js')).value : null;
  return NextResponse.json({
    greeting: greet('ada'), count, side: globalThis.sideEffect, top, lazy,
    calls: shared.calls, same: server.NextResponse === NextResponse,
  });
}`,
      'lib/greet.js': `import { shared } from './shared.js';
import deep from './deep/deeper/index.js';
shared.loads += 1;
export default (name) => deep + name;
export const times = shared.loads;`,
      'lib/deep/deeper/index.js': `export { default } from '../../word.js';`,
      'lib/word.js': `export default 'hello ';`,
      'lib/shared.js': `export const shared = { loads: 0, calls: 0 };`,
      'lib/side-effect.mjs': `globalThis.sideEffect = 'happened';`,
      'lib/lazy.js': `export const value = 'lazy';`,
    },
  });

  await t.test('imports of every form', async () => {
    const seen = (await brink.get('/')).json();
    assert.equal(seen.greeting, 'hello ada');
    assert.equal(seen.count, 1);
    assert.equal(seen.side, 'happened');
    assert.equal(seen.top, 'top-level await');
    assert.equal(seen.same, true);
  });

  await t.test('modules are kept between requests', async () => {
    const first = (await brink.get('/')).json().calls;
    const second = (await brink.get('/')).json().calls;
    assert.equal(second, first + 1);
  });
});

test('middleware and handlers may share modules', limits, async (t) => {
  const brink = await startBrink(t, {
    files: {
      'middleware.js': `import { count } from './lib/count.js';
        import { NextResponse } from 'next/server';
        export default () => { count.value += 1; return NextResponse.next(); }`,
      'pages/api/count.js': `import { count } from '../../lib/count.js';
        export default () => Response.json(count);`,
      'lib/count.js': 'export const count = { value: 0 };',
    },
  });
  assert.deepEqual((await brink.get('/api/count')).json(), { value: 1 });
  assert.deepEqual((await brink.get('/api/count')).json(), { value: 2 });
});
