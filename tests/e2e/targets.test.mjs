// What is guarded is what is served, however a path or host is spelled and whatever an origin makes of
// it: a real nginx, and an origin in node that decodes once and merges and resolves slashes.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { startBrink } from './lib/brink.mjs';
import { nginxOrigin } from './lib/nginx.mjs';
import { httpOrigin, rawOrigin } from './lib/origin.mjs';
import { RawConnection } from './lib/raw.mjs';

const limits = { timeout: 180_000 };

/** One request on its own connection, with any target and headers: { status, headers, text }. */
async function ask(brink, target, { method = 'GET', version = '1.1', host = 'site.test', headers = [] } = {}) {
  const connection = await RawConnection.connect(brink.url);
  const lines = [`${method} ${target} HTTP/${version}`, ...headers, 'Connection: close'];
  if (host !== null) lines.splice(1, 0, `Host: ${host}`);
  connection.write(`${lines.join('\r\n')}\r\n\r\n`);
  try {
    const { status, headers: fields, text } = await connection.readMessage();
    return { status, headers: fields, text, location: fields.location?.[0] };
  } finally {
    connection.destroy();
  }
}

// ---- Spellings of a path.

/** Letters of the guarded word: as they are, escaped once, escaped twice. */
function words(word) {
  const [first] = word;
  const hex = first.charCodeAt(0).toString(16);
  return [word, `%${hex}${word.slice(1)}`, `%${hex.toUpperCase()}${word.slice(1)}`, `%25${hex}${word.slice(1)}`];
}

const SLASHES = ['/', '//', '\\', '%2f', '%2F', '%5c', '/%2f', '%252f'];
/** What may stand before the word; S is a slash in one of its forms. */
const BEFORE = ['S', '/xS..S', '/x/..S', '/xS%2e%2e/', '/S.S', '/x/S../S', '/..S', '/x;S..;S', '/x%5cyS../S'];
const AFTER = ['', '/', 'Sx', '/x', ';x', '/..Sadmin', '.rsc'];

/** Origin-form and absolute-form targets; each is "/admin" or below to somebody. */
function spellings(word) {
  const found = new Set();
  for (const slash of SLASHES) {
    const put = (text) => text.replaceAll('S', slash).replaceAll('admin', word);
    for (const before of BEFORE) {
      for (const [i, spelled] of words(word).entries()) {
        // All suffixes for the plain word, two of them for the others.
        for (const after of i === 0 ? AFTER : AFTER.slice(0, 2)) {
          const target = put(before) + spelled + put(after);
          found.add(target.startsWith('/') ? target : `/${target}`);
        }
      }
    }
  }
  for (const target of [...found].filter((_, i) => i % 9 === 0)) found.add(`http://site.test${target}`);
  for (const odd of [`/${word}%00`, `/${word}%0a`, `/%00/../${word}`, `/${word}%7f`]) found.add(odd);
  return [...found];
}

/** The path that an origin in node serves: decoded once, slashes merged and resolved. */
function servedPath(url) {
  let path = url.split('?')[0];
  try {
    path = decodeURIComponent(path);
  } catch {
    // As it is.
  }
  return new URL(path.replaceAll('\\', '/').replaceAll(/\/+/g, '/').replaceAll('?', '%3F').replaceAll('#', '%23'),
    'http://h').pathname;
}

const nodeOrigin = (t) => httpOrigin(t, (request, response) => response.end(`served ${servedPath(request.url)}`));
const nginx = (t) => nginxOrigin(t, { server: 'location / { return 200 "served $uri"; }' });

const guarded = (word) => new RegExp(`^served /+${word}(?:/|$)`);

/** Asks for every spelling, follows the 308s, and returns those that were served unguarded. */
async function servedUnguarded(brink, targets, word) {
  const slipped = [];
  const seen = { guarded: 0, refused: 0, moved: 0, served: 0 };
  for (const target of targets) {
    let answer = await ask(brink, target);
    for (let hops = 0; answer.status === 308; hops++) {
      seen.moved += 1;
      assert.ok(hops < 2 && /^\/(?![/\\])/.test(answer.location), `${target} leads to ${answer.location}`);
      answer = await ask(brink, answer.location);
    }
    if (answer.status === 403) seen.guarded += 1;
    else if (answer.status === 400) seen.refused += 1;
    else seen.served += 1;
    assert.ok([200, 400, 403].includes(answer.status), `${target}: ${answer.status} ${answer.text}`);
    if (guarded(word).test(answer.text)) slipped.push(`${target} -> ${answer.text}`);
  }
  assert.ok(seen.guarded > 0 && seen.refused > 0 && seen.moved > 0, JSON.stringify(seen));
  return slipped;
}

const GUARDS = {
  'a matcher': {
    files: {
      'middleware.js': `export const middleware = () => new Response('no', { status: 403 });
        export const config = { matcher: '/admin/:path*' };`,
    },
  },
  'a negative matcher': {
    files: {
      'middleware.js': `export const middleware = () => new Response('no', { status: 403 });
        export const config = { matcher: '/((?!x|public).*)' };`,
    },
  },
  'a script, with escaped slashes redirected': {
    config: { escaped_slashes: 'redirect' },
    files: {
      'middleware.js': `export const middleware = (request) =>
        request.nextUrl.pathname.startsWith('/admin') ? new Response('no', { status: 403 }) : undefined;`,
    },
  },
  'a script, with escaped slashes rejected': {
    config: { escaped_slashes: 'reject' },
    files: {
      'middleware.js': `export const middleware = (request) =>
        request.nextUrl.pathname.startsWith('/admin') ? new Response('no', { status: 403 }) : undefined;`,
    },
  },
};

for (const [name, options] of Object.entries(GUARDS)) {
  test(`no spelling gets round ${name}`, limits, async (t) => {
    const targets = spellings('admin');
    assert.ok(targets.length >= 400, `${targets.length} spellings`);
    for (const [kind, start] of [['nginx', nginx], ['node', nodeOrigin]]) {
      await t.test(kind, async (t) => {
        const brink = await startBrink(t, { ...options, origin: await start(t) });
        assert.deepEqual(await servedUnguarded(brink, targets, 'admin'), []);
      });
    }
  });
}

test('no spelling gets round the app of a path', limits, async (t) => {
  const targets = spellings('admin').filter((_, i) => i % 3 === 0);
  targets.push('/a%2fb/../admin', '/a%2fb/../admin/x');
  assert.ok(targets.length >= 100, `${targets.length} spellings`);
  for (const [kind, start] of [['nginx', nginx], ['node', nodeOrigin]]) {
    await t.test(kind, async (t) => {
      const brink = await startBrink(t, {
        origin: await start(t),
        files: {
          'guard/middleware.js': `export const middleware = () => new Response('no', { status: 403 });`,
          'site/pages/api/none.js': 'export default () => new Response();',
        },
        config: { apps: [{ name: 'guard', root: 'guard', paths: ['/admin'] }, { name: 'site', root: 'site' }] },
      });
      assert.deepEqual(await servedUnguarded(brink, targets, 'admin'), []);
    });
  }
});

// ---- One path for everybody.

const SHOWS = `import { NextResponse } from 'next/server';
  export const middleware = (request) => NextResponse.next({
    headers: { 'x-path': request.nextUrl.pathname, 'x-url': request.url },
  });`;

test('script and origin see one path', limits, async (t) => {
  const origin = await httpOrigin(t, (request, response) => response.end(request.url));
  const brink = await startBrink(t, { origin, files: { 'middleware.js': SHOWS }, accessLog: '-' });
  const cases = {
    '/%61dmin?%61': ['/admin', '/admin?%61'],
    '/caf%c3%a9%2fx': ['/caf%C3%A9%2Fx', '/caf%C3%A9%2Fx'],
    '/x/%2E%2e/admin/.': ['/admin/', '/admin/'],
    '/admin/': ['/admin/', '/admin/'],
    '/admin.rsc?_rsc=1': ['/admin', '/admin.rsc?_rsc=1'],
    '/admin.segments/_tree.segment.rsc': ['/admin', '/admin.segments/_tree.segment.rsc'],
    '/%zz': ['/%zz', '/%zz'],
    'http://other.test:81/%61?b': ['/a', '/a?b'],
  };
  for (const [target, [seen, sent]] of Object.entries(cases)) {
    const answer = await ask(brink, target);
    assert.deepEqual([answer.headers['x-path']?.[0], answer.text], [seen, sent], target);
  }
  assert.equal((await ask(brink, '/admin/')).headers['x-url'][0], 'http://site.test/admin/');
  assert.equal((await ask(brink, '/admin.rsc')).headers['x-url'][0], 'http://site.test/admin');
  await brink.stop();
  const lines = brink.stdout.trim().split('\n').map((line) => JSON.parse(line));
  assert.deepEqual(lines.slice(0, 2).map((line) => [line.path, line.sent_path]),
    [['/%61dmin?%61', '/admin?%61'], ['/caf%c3%a9%2fx', '/caf%C3%A9%2Fx']]);
  assert.equal('sent_path' in lines[3], false);
});

test('repeated slashes, backslashes and control characters', limits, async (t) => {
  const origin = await httpOrigin(t, (request, response) => response.end(request.url));
  const brink = await startBrink(t, { origin, files: { 'middleware.js': SHOWS } });
  const moved = {
    '//evil.example/x?a//b': '/evil.example/x?a//b',
    '/\\evil.example': '/evil.example',
    '///evil.example/../x': '/x',
    '/a//b': '/a/b',
    'http://site.test//evil.example': '/evil.example',
    'http://site.test/\\x': '/x',
  };
  for (const [target, location] of Object.entries(moved)) {
    const answer = await ask(brink, target);
    assert.deepEqual([answer.status, answer.location], [308, location], target);
    assert.equal((await ask(brink, target, { method: 'POST', headers: ['Content-Length: 0'] })).status, 308);
  }
  for (const target of ['/%00', '/a%0d%0ab', '/%7F', '/a%1f', '//%00', '/a\x01', '/a\x7f']) {
    assert.equal((await ask(brink, target)).status, 400, JSON.stringify(target));
  }
  assert.equal((await ask(brink, '/?a=%00%0a')).status, 200);
  assert.equal(origin.requests.length, 1);
});

test('escaped_slashes', limits, async (t) => {
  const origin = await httpOrigin(t, (request, response) => response.end(request.url));
  const start = (value) => startBrink(t, { origin, config: { escaped_slashes: value } });
  const keep = await start('keep');
  assert.equal((await ask(keep, '/@a%2fb?%2f')).text, '/@a%2Fb?%2f');
  const redirect = await start('redirect');
  const moved = await ask(redirect, '/%2Fevil.example%5cx/..%2fy?%2f');
  assert.deepEqual([moved.status, moved.location], [308, '/evil.example/y?%2f']);
  const reject = await start('reject');
  assert.equal((await ask(reject, '/a%5Cb')).status, 400);
  assert.equal((await ask(reject, '/a?%2F')).text, '/a?%2F');
});

// ---- One host for everybody.

test('hosts are read once', limits, async (t) => {
  const origin = await httpOrigin(t, (request, response) => response.end(request.headers.host));
  const brink = await startBrink(t, {
    origin,
    files: {
      'middleware.js': `import { NextResponse } from 'next/server';
        export function middleware(request) {
          if (request.nextUrl.pathname === '/to') return NextResponse.rewrite(new URL('/there', request.url));
          return NextResponse.next({ headers: { 'x-url': request.url } });
        }`,
    },
  });
  const hosts = {
    'SHOP.Example:8081': 'shop.example:8081',
    'shop.example:80': 'shop.example',
    'shop.example:080': 'shop.example',
    'shop.example:': 'shop.example',
    'shop.example.': 'shop.example.',
    '[0:0:0:0:0:0:0:2]:80': '[::2]',
    '10.1': '10.0.0.1',
    '0x0a.1': '10.0.0.1',
  };
  for (const [host, canonical] of Object.entries(hosts)) {
    const answer = await ask(brink, '/x', { host });
    assert.deepEqual([answer.text, answer.headers['x-url']?.[0]], [canonical, `http://${canonical}/x`], host);
    // The same site: a rewrite of its own URL goes to its own origin.
    assert.equal((await ask(brink, '/to', { host })).status, 200, host);
  }
  for (const host of ['xn--a', '1.2.3.4.5', '999.999.999.999', 'a..b', '.', '..', '.shop.example', '[1::2::3]', 'foo.1',
    'a b', 'u@a', 'a/b', 'a\\b', 'a:99999', 'a:80:80', 'b\u00fccher.test', 'a%41']) {
    const answer = await ask(brink, '/x', { host });
    assert.equal(answer.status, 400, host);
  }
  assert.ok(origin.requests.every(({ url }) => url === '/x' || url === '/there'));
});

test('apps have canonical hosts', limits, async (t) => {
  const says = (text) => `export default () => new Response('${text}');`;
  const apps = { 'v6': '[0:0:0:0:0:0:0:1]', 'v4': '127.1', 'idn': 'B\u00fccher.test', 'wild': '*.wild.test' };
  const brink = await startBrink(t, {
    files: Object.fromEntries(Object.keys(apps).map((name) => [`${name}/middleware.js`, says(name)])),
    config: { apps: Object.entries(apps).map(([name, host]) => ({ name, root: name, hosts: [host] })) },
  });
  const hosts = {
    '[::1]': 'v6', '[0::0001]:80': 'v6', '127.0.0.1': 'v4', '0x7f.1:99': 'v4', 'xn--bcher-kva.test': 'idn',
    'XN--BCHER-KVA.test.': 'idn', 'a.wild.test': 'wild', 'A.b.WILD.test.:81': 'wild',
  };
  for (const [host, name] of Object.entries(hosts)) {
    assert.equal((await ask(brink, '/', { host })).text, name, host);
  }
  assert.equal((await ask(brink, '/', { host: '.wild.test' })).status, 400);
});

test('a request without Host', limits, async (t) => {
  const origin = await rawOrigin(t, async (connection) => {
    const { start, headers } = await connection.readMessage();
    const text = JSON.stringify({ start, host: headers.host, forwarded: headers['x-forwarded-host'] });
    connection.write(`HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\nConnection: close\r\n\r\n${text}`);
    connection.end();
  });
  const brink = await startBrink(t, {
    origin,
    files: {
      'middleware.js': `import { NextResponse } from 'next/server';
        export function middleware(request) {
          const { pathname } = request.nextUrl;
          if (pathname.startsWith('/mw/admin')) return new Response('no', { status: 403 });
          if (pathname === '/mw/away') return NextResponse.redirect(new URL('/mw/t', request.url));
          return NextResponse.next({ headers: { 'x-path': pathname } });
        }
        export const config = { matcher: '/mw/:path*' };`,
    },
  });
  const old = { version: '1.0', host: null };
  for (const target of ['/plain', '/mw/a.b:80/admin', '/mw/user@x/admin']) {
    const { status, headers, text } = await ask(brink, target, old);
    assert.equal(status, 200, text);
    assert.deepEqual(JSON.parse(text), { start: `GET ${target} HTTP/1.1`, host: [new URL(origin.url).host] });
    if (target !== '/plain') assert.equal(headers['x-path'][0], target);
  }
  assert.equal((await ask(brink, '/mw/admin/x', old)).status, 403);
  assert.equal((await ask(brink, '/mw/away', old)).location, '/mw/t');
  assert.equal((await ask(brink, '/plain', { host: null })).status, 400);
});

test('OPTIONS *', limits, async (t) => {
  const origin = await httpOrigin(t, (request, response) => response.end(request.url));
  const brink = await startBrink(t, { origin, files: { 'middleware.js': SHOWS } });
  for (const target of ['*', 'http://site.test']) {
    const answer = await ask(brink, target, { method: 'OPTIONS' });
    assert.deepEqual([answer.text, answer.headers['x-url'][0]], ['*', 'http://site.test/*']);
  }
});

// ---- A path never becomes a host.

test('rewrites and redirects stay on the site', limits, async (t) => {
  const side = await httpOrigin(t, (request, response) => response.end('SIDE'));
  const origin = await httpOrigin(t, (request, response) => response.end(request.url));
  const brink = await startBrink(t, {
    origin,
    reach: [side],
    files: {
      'middleware.js': `import { NextResponse } from 'next/server';
        export function middleware(request) {
          const url = request.nextUrl.clone();
          const target = request.headers.get('x-target');
          switch (request.headers.get('x-mode')) {
            case 'rewrite url': url.pathname = target; return NextResponse.rewrite(url);
            case 'rewrite text': return NextResponse.rewrite(target);
            case 'redirect url': url.pathname = target; return NextResponse.redirect(url);
            case 'redirect text': return NextResponse.redirect(target);
            case 'query': url.searchParams.set('lang', 'en'); return NextResponse.rewrite(url);
          }
        }`,
    },
  });
  const place = `127.0.0.1:${side.port}/x`;
  const as = (mode, target) => ask(brink, '/page', { headers: [`x-mode: ${mode}`, `x-target: ${target}`] });
  for (const prefix of ['//', '/\\', '///', '\\\\', '/%2F']) {
    for (const mode of ['rewrite url', 'rewrite text']) {
      const { status, text } = await as(mode, prefix + place);
      assert.equal(status, 200);
      assert.equal(text, prefix === '/%2F' ? `/%2F${place}` : `/${place}`, `${mode} ${prefix}`);
    }
    for (const mode of ['redirect url', 'redirect text']) {
      const { status, location } = await as(mode, prefix + place);
      assert.equal(status, 307);
      assert.equal(new URL(location, 'http://site.test/page').host, 'site.test', `${mode} ${prefix}: ${location}`);
    }
  }
  for (const prefix of ['//', '/\\', '///']) {
    const answer = await ask(brink, prefix + place, { headers: ['x-mode: query'] });
    assert.deepEqual([answer.status, answer.location], [308, `/${place}`]);
  }
  assert.equal(side.requests.length, 0);
});
