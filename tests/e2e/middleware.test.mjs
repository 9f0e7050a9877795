// What a site's middleware.js can decide: go on, redirect, rewrite, answer; headers and cookies.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { startBrink } from './lib/brink.mjs';
import { errorCode } from './lib/http.mjs';
import { httpOrigin, echo } from './lib/origin.mjs';

const limits = { timeout: 60_000 };

const decisions = `
import { NextResponse, NextRequest, userAgent } from 'next/server';

const paths = {
  '/next': () => NextResponse.next(),
  '/nothing': () => undefined,
  '/next-headers': () => NextResponse.next({ headers: { 'x-edge': 'yes', 'x-origin': 'edge' } }),
  '/override'(request) {
    const headers = new Headers(request.headers);
    headers.set('x-added', 'by middleware');
    headers.delete('x-remove');
    headers.set('x-change', 'changed');
    return NextResponse.next({ request: { headers } });
  },
  '/relative-redirect': () => NextResponse.redirect('/login'),
  '/redirect': (request) => NextResponse.redirect(new URL('/login?from=a', request.url)),
  '/redirect-301': (request) => NextResponse.redirect(new URL('/login', request.url), 301),
  '/redirect-init': (request) => NextResponse.redirect(new URL('/login', request.url),
    { status: 303, headers: { 'x-why': 'because' } }),
  '/redirect-away': () => NextResponse.redirect('https://other.example/there?x=1', 308),
  '/response-redirect': (request) => Response.redirect(new URL('/login', request.url), 302),
  '/redirect-status': (request) => NextResponse.redirect(new URL('/login', request.url), 200),
  '/rewrite': (request) => NextResponse.rewrite(new URL('/echo/rewritten?y=2', request.url)),
  '/rewrite-relative'(request) {
    const url = request.nextUrl.clone();
    url.pathname = '/echo/cloned';
    url.searchParams.set('z', '3');
    return NextResponse.rewrite(url);
  },
  '/rewrite-handler': (request) => NextResponse.rewrite(new URL('/api/hello?who=rewrite', request.url)),
  '/rewrite-away': (request) =>
    NextResponse.rewrite(new URL('/echo/away?q=1', request.nextUrl.searchParams.get('to'))),
  '/rewrite-headers'(request) {
    const headers = new Headers({ 'x-only': 'this' });
    return NextResponse.rewrite(new URL('/echo/headers', request.url),
      { request: { headers }, headers: { 'x-edge': 'rewritten' } });
  },
  '/json': () => NextResponse.json({ ok: true, list: [1, 'zwei', null] }, { status: 201 }),
  '/response': () => new Response('<h1>hi</h1>', { headers: { 'content-type': 'text/html' } }),
  '/empty': () => new Response(null, { status: 204 }),
  '/cookies-set'() {
    const response = NextResponse.next();
    response.cookies.set('plain', 'value');
    response.cookies.set('full', 'a b', { httpOnly: true, secure: true, sameSite: 'strict',
      maxAge: 60, path: '/shop' });
    return response;
  },
  '/cookies-delete'() {
    const response = NextResponse.json({});
    response.cookies.delete('session');
    return response;
  },
  '/cookies-read': (request) => NextResponse.json({
    one: request.cookies.get('one'), has: request.cookies.has('two'),
    all: request.cookies.getAll().map((cookie) => cookie.name), missing: request.cookies.get('no') ?? null,
  }),
  '/request': (request) => NextResponse.json({
    method: request.method, url: request.url, pathname: request.nextUrl.pathname,
    search: request.nextUrl.search, a: request.nextUrl.searchParams.getAll('a'),
    header: request.headers.get('X-MiXeD'), isNextRequest: request instanceof NextRequest,
    isRequest: request instanceof Request, basePath: request.nextUrl.basePath,
    browser: userAgent(request).browser.name ?? null, isBot: userAgent(request).isBot,
  }),
  async '/read-body'(request) {
    const text = await request.text();
    return NextResponse.next({ headers: { 'x-body-length': String(text.length) } });
  },
  async '/read-clone'(request) {
    const { name } = await request.clone().json();
    return NextResponse.next({ headers: { 'x-name': name } });
  },
  async '/read-half'(request) {
    const reader = request.body.getReader();
    await reader.read();
    return NextResponse.next();
  },
  '/late': (request, event) => {
    event.waitUntil(new Promise((resolve) => setTimeout(resolve, 200))
      .then(() => console.log('late work is done')));
    return NextResponse.json({ answered: true });
  },
  '/fetches': async (request) => {
    const answer = await fetch(new URL('/echo/sub', request.nextUrl.searchParams.get('to')));
    return NextResponse.json(await answer.json());
  },
};

export default function middleware(request, event) {
  const decide = paths[request.nextUrl.pathname];
  return decide ? decide(request, event) : NextResponse.next();
}
`;

const handlers = {
  'pages/api/hello.js': `export default (request) => Response.json(
    { hello: request.nextUrl.searchParams.get('who'), x: request.headers.get('x-added') });`,
};

test('what a middleware can decide', limits, async (t) => {
  const origin = await httpOrigin(t, (request, response) => {
    response.setHeader('set-cookie', 'origin=1');
    response.setHeader('x-origin', 'origin');
    return echo(request, response);
  });
  const away = await httpOrigin(t);
  const brink = await startBrink(t, {
    origin, reach: [away], files: { 'middleware.js': decisions, ...handlers },
  });
  const location = (response) => new URL(response.headers.location, brink.url);

  for (const path of ['/next', '/nothing', '/some/other/page?q=1']) {
    await t.test(`goes on: ${path}`, async () => {
      const seen = (await brink.get(path)).json();
      assert.equal(seen.url, path);
      for (const name of Object.keys(seen.headers)) assert.doesNotMatch(name, /^x-middleware/);
    });
  }

  await t.test('response headers of next() reach the client; those of the origin win', async () => {
    const response = await brink.get('/next-headers');
    assert.equal(response.headers['x-edge'], 'yes');
    assert.equal(response.headers['x-origin'], 'echo');
    for (const name of Object.keys(response.headers)) assert.doesNotMatch(name, /^x-middleware/);
  });

  await t.test('request headers are added, changed and removed', async () => {
    const { headers } = (await brink.get('/override', {
      headers: { 'x-remove': '1', 'x-change': 'old', 'x-keep': 'kept' },
    })).json();
    assert.equal(headers['x-added'], 'by middleware');
    assert.equal(headers['x-remove'], undefined);
    assert.equal(headers['x-change'], 'changed');
    assert.equal(headers['x-keep'], 'kept');
    assert.equal(headers['x-forwarded-for'], '127.0.0.1');
    assert.equal(headers['x-forwarded-host'], brink.host);
  });

  await t.test('redirects', async () => {
    const cases = {
      '/relative-redirect': [307, '/login'],
      '/redirect': [307, '/login?from=a'],
      '/redirect-301': [301, '/login'],
      '/redirect-init': [303, '/login'],
      '/response-redirect': [302, '/login'],
    };
    for (const [path, [status, target]] of Object.entries(cases)) {
      const response = await brink.get(path);
      assert.equal(response.status, status, path);
      assert.equal(location(response).pathname + location(response).search, target, path);
      assert.equal(location(response).port, String(brink.port), path);
    }
    assert.equal((await brink.get('/redirect-init')).headers['x-why'], 'because');
    const awayResponse = await brink.get('/redirect-away');
    assert.equal(awayResponse.status, 308);
    assert.equal(awayResponse.headers.location, 'https://other.example/there?x=1');
  });

  await t.test('a redirect keeps the host that the client used', async () => {
    const response = await brink.get('/redirect', { headers: { host: 'shop.example:8443' } });
    assert.match(response.headers.location, /^(\/login|http:\/\/shop\.example:8443\/login)\?from=a$/);
  });

  await t.test('a redirect with a status that is none is an error of the script', async () => {
    const response = await brink.get('/redirect-status');
    assert.equal(response.status, 500);
    assert.equal(errorCode(response), 'BRINK_SCRIPT_ERROR');
  });

  await t.test('rewrites within the origin', async () => {
    const rewritten = await brink.get('/rewrite?x=1');
    assert.equal(rewritten.status, 200);
    assert.equal(rewritten.json().url, '/echo/rewritten?y=2');
    assert.equal(rewritten.headers.location, undefined);
    assert.equal((await brink.get('/rewrite-relative?x=1')).json().url, '/echo/cloned?x=1&z=3');
  });

  await t.test('a rewrite keeps method and body', async () => {
    const seen = (await brink.post('/rewrite', 'the body')).json();
    assert.equal(seen.method, 'POST');
    assert.equal(seen.body, 'the body');
  });

  await t.test('a rewrite to a handler', async () => {
    assert.equal((await brink.get('/rewrite-handler')).json().hello, 'rewrite');
  });

  await t.test('a rewrite to another host', async () => {
    const seen = (await brink.get(`/rewrite-away?to=${encodeURIComponent(away.url)}`)).json();
    assert.equal(seen.url, '/echo/away?q=1');
    assert.equal(seen.headers.host, new URL(away.url).host);
    assert.equal(away.requests.length, 1);
  });

  await t.test('a rewrite with headers for both sides', async () => {
    const response = await brink.get('/rewrite-headers', { headers: { 'x-custom': 'gone' } });
    const { headers } = response.json();
    assert.equal(headers['x-only'], 'this');
    assert.equal(headers['x-custom'], undefined);
    assert.equal(response.headers['x-edge'], 'rewritten');
  });

  await t.test('answers by itself', async () => {
    const json = await brink.get('/json');
    assert.equal(json.status, 201);
    assert.match(json.headers['content-type'], /^application\/json/);
    assert.deepEqual(json.json(), { ok: true, list: [1, 'zwei', null] });
    const html = await brink.get('/response');
    assert.equal(html.text, '<h1>hi</h1>');
    assert.equal(html.headers['content-type'], 'text/html');
    const empty = await brink.get('/empty');
    assert.equal(empty.status, 204);
    assert.equal(empty.body.length, 0);
  });

  await t.test('HEAD of an answer has its headers and no body', async () => {
    const response = await brink.get('/json', { method: 'HEAD' });
    assert.equal(response.status, 201);
    assert.equal(response.body.length, 0);
  });

  await t.test('sets cookies beside those of the origin', async () => {
    const cookies = (await brink.get('/cookies-set')).headers['set-cookie'];
    assert.equal(cookies.length, 3);
    assert.ok(cookies.includes('origin=1'));
    assert.ok(cookies.includes('plain=value; Path=/'));
    const full = cookies.find((cookie) => cookie.startsWith('full='));
    assert.match(full, /^full=a%20b; Path=\/shop; /);
    for (const part of ['HttpOnly', 'Secure', 'Max-Age=60', 'Expires=']) assert.ok(full.includes(part), full);
    assert.match(full, /SameSite=strict/i);
  });

  await t.test('deletes a cookie', async () => {
    const [cookie] = (await brink.get('/cookies-delete')).headers['set-cookie'];
    assert.match(cookie, /^session=; Path=\/; Expires=Thu, 01 Jan 1970 00:00:00 GMT/);
  });

  await t.test('reads cookies', async () => {
    const seen = (await brink.get('/cookies-read', { headers: { cookie: 'one=1; two=%C3%BC; three' } })).json();
    assert.deepEqual(seen.one, { name: 'one', value: '1' });
    assert.equal(seen.has, true);
    assert.ok(seen.all.includes('two'));
    assert.equal(seen.missing, null);
  });

  await t.test('reads the request', async () => {
    const seen = (await brink.get('/request?a=1&a=2', {
      headers: { 'x-mixed': 'M', 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0' },
    })).json();
    assert.equal(seen.method, 'GET');
    assert.equal(new URL(seen.url).pathname, '/request');
    assert.equal(new URL(seen.url).port, String(brink.port));
    assert.deepEqual([seen.pathname, seen.search, seen.a], ['/request', '?a=1&a=2', ['1', '2']]);
    assert.equal(seen.header, 'M');
    assert.deepEqual([seen.isNextRequest, seen.isRequest], [true, true]);
    assert.deepEqual([seen.browser, seen.isBot, seen.basePath], ['Firefox', false, '']);
  });

  for (const path of ['/read-body', '/read-clone', '/read-half', '/next']) {
    for (const size of [2, 100_000]) {
      await t.test(`${path}: a body of ${size} bytes and more still reaches the origin`, async () => {
        const body = JSON.stringify({ name: 'ada', fill: 'f'.repeat(size) });
        const response = await brink.post(path, body, { headers: { 'content-length': body.length } });
        assert.equal(response.status, 200, response.text);
        assert.equal(response.json().body, body);
        if (path === '/read-body') assert.equal(response.headers['x-body-length'], String(body.length));
        if (path === '/read-clone') assert.equal(response.headers['x-name'], 'ada');
      });
    }
  }

  await t.test('an answer without reading the body keeps the connection usable', async () => {
    const response = await brink.post('/json', 'x'.repeat(300_000));
    assert.equal(response.status, 201);
  });

  await t.test('waitUntil goes on after the answer', async () => {
    assert.deepEqual((await brink.get('/late')).json(), { answered: true });
    assert.doesNotMatch(brink.stderr, /late work is done/);
    await brink.logged(/late work is done/);
  });

  await t.test('fetches while the client waits', async () => {
    const seen = (await brink.get(`/fetches?to=${encodeURIComponent(away.url)}`)).json();
    assert.equal(seen.url, '/echo/sub');
  });
});

test('middleware that goes wrong', limits, async (t) => {
  const origin = await httpOrigin(t, (request, response) => response.end('origin'));
  const brink = await startBrink(t, {
    origin,
    files: {
      'middleware.js': `import { explode } from './lib/explode.js';
import { NextResponse } from 'next/server';
const paths = {
  '/throws': () => explode(),
  '/rejects': async () => { await null; throw new TypeError('rejected on purpose'); },
  '/throws-string': () => { throw 'just a string'; },
  '/throws-hostile': () => { throw { get stack() { for (;;); }, toString() { for (;;); } }; },
  '/number': () => 42,
  '/object': () => ({ status: 200 }),
  '/plain-response-promise': () => Promise.resolve('text'),
  '/late-throw': (request, event) => {
    event.waitUntil(new Promise((resolve) => setTimeout(resolve, 50)));
    setTimeout(() => { throw new Error('thrown by a timer'); }, 1);
    return NextResponse.next();
  },
  '/unhandled': () => { Promise.reject(new Error('nobody handles this')); return NextResponse.next(); },
  '/wait-until-rejects': (request, event) => {
    event.waitUntil(Promise.reject(new Error('background failed')));
    return NextResponse.next();
  },
};
export function middleware(request, event) {
  return paths[request.nextUrl.pathname]?.(request, event) ?? NextResponse.next();
}
`,
      'lib/explode.js': `// one
export function explode() {
  const nothing = undefined;
  return nothing.property;
}
`,
    },
  });

  await t.test('an error: the page has the code, the log has file, line and column', async () => {
    const response = await brink.get('/throws');
    assert.equal(response.status, 500);
    assert.equal(errorCode(response), 'BRINK_SCRIPT_ERROR');
    await brink.logged(/lib\/explode\.js:4:18/);
    await brink.logged(/TypeError: Cannot read properties of undefined/);
  });

  await t.test('the page does not tell clients the stack', async () => {
    const response = await brink.get('/throws');
    assert.equal(response.status, 500);
    assert.equal(errorCode(response), 'BRINK_SCRIPT_ERROR');
    assert.match(response.text, /BRINK_SCRIPT_ERROR/);
    assert.doesNotMatch(response.text, /explode\.js|\bat /);
  });

  for (const path of ['/rejects', '/throws-string']) {
    await t.test(path.slice(1), async () => {
      const response = await brink.get(path);
      assert.equal(response.status, 500);
      assert.equal(errorCode(response), 'BRINK_SCRIPT_ERROR');
    });
  }

  await t.test('a thrown object that loops when it is looked at', async () => {
    const response = await brink.get('/throws-hostile');
    assert.ok([500, 503].includes(response.status), String(response.status));
    assert.match(errorCode(response), /BRINK_(SCRIPT_ERROR|CPU_LIMIT)/);
  });

  for (const path of ['/number', '/object', '/plain-response-promise']) {
    await t.test(`what is no Response: ${path.slice(1)}`, async () => {
      const response = await brink.get(path);
      assert.equal(response.status, 500);
      assert.equal(errorCode(response), 'BRINK_BAD_RESPONSE');
    });
  }

  for (const [path, message] of Object.entries({
    '/late-throw': /thrown by a timer/,
    '/unhandled': /nobody handles this/,
    '/wait-until-rejects': /background failed/,
  })) {
    await t.test(`an error beside the answer is logged: ${path.slice(1)}`, async () => {
      assert.equal((await brink.get(path)).text, 'origin');
      await brink.logged(message);
    });
  }

  await t.test('everything else goes on', async () => {
    assert.equal((await brink.get('/fine')).text, 'origin');
  });
});

test('console output is in the log', limits, async (t) => {
  const brink = await startBrink(t, {
    files: {
      'middleware.js': `export default () => {
        console.log('text', 1, true, null, undefined, { a: [1, { b: 2 }] }, new Map([['k', 'v']]));
        console.warn('a warning %s and %d', 'formatted', 5);
        console.error(new Error('logged error'));
        return new Response('ok');
      };`,
    },
  });
  await brink.get('/');
  await brink.logged(/text 1 true null undefined/);
  await brink.logged(/a warning formatted and 5/);
  await brink.logged(/logged error/);
});
