// next/server as middleware uses it, and what the dispatcher makes of it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { INLINE, startWorker } from './natives-node.mjs';

function start() {
  const worker = startWorker();
  Object.assign(worker.context, worker.callbacks.builtinModule('next/server'));
  return worker;
}

const HEADERS = ['host', 'example.com', 'cookie', 'a=1; b=x%20y; a=2', 'x-one', '1'];
const request = (handler, options) =>
  start().request(`async (req, event) => { ${handler} }`, { headers: HEADERS, ...options });
async function value(body, options) {
  const exchange = await request(`return Response.json(${body})`, options);
  assert.equal(exchange.fail, undefined, exchange.fail?.message);
  return JSON.parse(exchange.respond.body);
}

test('NextRequest: the incoming request', async () => {
  assert.deepEqual(
    await value(
      `[req instanceof NextRequest, req instanceof Request, req.method, req.url,
    req.headers.get('X-One'), req.ip, req.body, req.nextUrl.pathname, req.nextUrl.search, req.cookies.get('b'),
    req.cookies.getAll().length, req.cookies.has('z'), String(req.cookies), req.cookies.size]`,
      { url: 'http://example.com:81/p?q=1' },
    ),
    [
      true,
      true,
      'GET',
      'http://example.com:81/p?q=1',
      '1',
      '192.0.2.1',
      null,
      '/p',
      '?q=1',
      { name: 'b', value: 'x y' },
      2,
      false,
      'a=2; b=x%20y',
      2,
    ],
  );
  assert.deepEqual(
    await value(`(() => { const seen = []; for (const key of ['page', 'ua']) { try { req[key]; } catch (e) { seen.push(e.message); } }
    return seen; })()`).then((seen) =>
      seen.map((text) => /has been (deprecated|removed)/.test(text)),
    ),
    [true, true],
  );
});

test('NextRequest: url does not follow nextUrl, cookies write to headers', async () => {
  assert.deepEqual(
    await value(`(() => { req.nextUrl.pathname = '/other'; req.cookies.set('c', '3'); req.cookies.delete('a');
    return [req.url, req.nextUrl.href, req.headers.get('cookie')]; })()`),
    ['http://example.com/', 'http://example.com/other', 'b=x%20y; c=3'],
  );
});

test('NextRequest: loopback addresses read localhost', async () => {
  assert.deepEqual(
    await value(
      `[req.url, req.nextUrl.host, req.nextUrl.hostname, req.nextUrl.search, req.nextUrl.port]`,
      { url: 'http://127.0.0.1:8080/a?b' },
    ),
    ['http://localhost:8080/a?b', 'localhost:8080', 'localhost', '?b', '8080'],
  );
  assert.deepEqual(await value(`req.url`, { url: 'http://[::1]/' }), 'http://localhost/');
  assert.deepEqual(
    await value(`req.url`, { url: 'http://127.0.0.1.example/' }),
    'http://127.0.0.1.example/',
  );
});

test('NextRequest: data requests and router internals', async () => {
  assert.deepEqual(
    await value(
      `[req.nextUrl.pathname, req.url, req.nextUrl.searchParams.has('_rsc'), req.headers.get('rsc')]`,
      { url: 'http://example.com/_next/data/b1/x/y.json?q=1', headers: ['rsc', '1'] },
    ),
    ['/x/y', 'http://example.com/x/y?q=1', false, null],
  );
  assert.deepEqual(
    await value(`[req.url, req.headers.get('rsc')]`, {
      url: 'http://example.com/x?_rsc=1a&q=1',
      headers: ['rsc', '1'],
      kind: 'handler',
    }),
    ['http://example.com/x?q=1', '1'],
  );
});

test('NextRequest: made by users', async () => {
  assert.deepEqual(
    await value(
      `await (async () => { const r = new NextRequest('http://127.0.0.1/x/?a=1', { method: 'POST', body: 'b',
    headers: { cookie: 'k=v' } }); const s = new NextRequest(r, { headers: { x: 'y' } }); let error;
    try { new NextRequest('/rel'); } catch (e) { error = e.message; }
    return [r.url, r.cookies.get('k').value, await s.text(), s.headers.get('x'), s.method, r.bodyUsed, error, r.ip ?? null,
      new NextRequest(new URL('http://u/')).url, new Request(req).url]; })()`,
      { url: 'http://127.0.0.1/z' },
    ),
    [
      'http://localhost/x/?a=1',
      'v',
      'b',
      'y',
      'POST',
      true,
      'URL is malformed "/rel". Please use only absolute URLs - https://nextjs.org/docs/messages/middleware-relative-urls',
      null,
      'http://u/',
      'http://localhost/z',
    ],
  );
});

test('NextURL', async () => {
  assert.deepEqual(
    await value(`(() => { const u = req.nextUrl.clone(); u.pathname = '/b/'; u.searchParams.set('z', '9'); u.hash = 'h';
    const first = [u.href, req.nextUrl.href, String(u), JSON.stringify(u), u.origin, u.basePath, u.locale, u.buildId ?? null];
    u.href = 'https://127.0.0.5:3/c/?d'; first.push(u.href, u.pathname); u.basePath = 'docs'; first.push(u.href); u.buildId = 'B'; first.push(u.href);
    try { u.locale = 'de'; } catch (e) { first.push(e.name); } return first; })()`),
    [
      'http://example.com/b?z=9#h',
      'http://example.com/',
      'http://example.com/b?z=9#h',
      '"http://example.com/b?z=9#h"',
      'http://example.com',
      '',
      '',
      '',
      'https://localhost:3/c/?d',
      '/c/',
      'https://localhost:3/docs/c/?d',
      'https://localhost:3/docs/_next/data/B/c.json?d',
      'TypeError',
    ].map((v, i) => (i === 7 ? null : v)),
  );
});

test('next(): nothing to say', async () => {
  const { next, done } = await request(`return NextResponse.next()`);
  assert.deepEqual(next, { rewriteUrl: undefined, requestHeaders: undefined, responseHeaders: [] });
  assert.equal(done, 1);
});

test('next(): response headers and request headers', async () => {
  const { next } =
    await request(`const headers = new Headers(req.headers); headers.set('x-user', 'u'); headers.delete('x-one');
    const res = NextResponse.next({ request: { headers }, headers: { 'x-init': 'i', 'content-length': '3' } });
    headers.set('x-user', 'changed later'); res.headers.set('x-edge', '1'); return res;`);
  assert.deepEqual(next, {
    rewriteUrl: undefined,
    responseHeaders: ['x-init', 'i', 'x-edge', '1'],
    requestHeaders: ['host', 'example.com', 'cookie', 'a=1; b=x%20y; a=2', 'x-user', 'u'],
  });
  const same = await request(
    `return NextResponse.next({ request: { headers: new Headers(req.headers) } })`,
  );
  assert.equal(same.next.requestHeaders, undefined);
  const own = await request(
    `req.headers.set('x-two', '2'); return NextResponse.next({ request: req })`,
  );
  assert.deepEqual(own.next.requestHeaders, [...HEADERS, 'x-two', '2']);
  const changedOnly = await request(`req.headers.set('x-two', '2'); return NextResponse.next()`);
  assert.equal(changedOnly.next.requestHeaders, undefined);
  const empty = await request(`return NextResponse.next({ request: { headers: new Headers() } })`);
  assert.deepEqual(empty.next.requestHeaders, []);
  const wrong = await request(`return NextResponse.next({ request: { headers: {} } })`);
  assert.match(wrong.fail.message, /request.headers must be an instance of Headers/);
});

test('the header protocol, for those who look', async () => {
  assert.deepEqual(
    await value(`(() => { const res = NextResponse.next({ request: { headers: new Headers({ b: '2', a: '1' }) } });
    return [[...res.headers], NextResponse.rewrite('http://a.example/x').headers.get('x-middleware-rewrite'),
      NextResponse.next().headers.get('x-middleware-next')]; })()`),
    [
      [
        ['x-middleware-next', '1'],
        ['x-middleware-override-headers', 'a,b'],
        ['x-middleware-request-a', '1'],
        ['x-middleware-request-b', '2'],
      ],
      'http://a.example/x',
      '1',
    ],
  );
  const looked =
    await request(`const res = NextResponse.next({ request: { headers: new Headers({ b: '2', a: '1' }) } });
    res.headers.set('x-middleware-request-b', '3'); return res;`);
  assert.deepEqual(looked.next.requestHeaders, ['a', '1', 'b', '3']);
  const copied =
    await request(`const res = NextResponse.next({ request: { headers: new Headers({ a: '1' }) } });
    return new Response(res.body, res);`);
  assert.deepEqual(copied.next.requestHeaders, ['a', '1']);
  const byHand = await request(
    `return new Response(null, { headers: { 'x-middleware-next': '1', 'x-a': 'b' } })`,
  );
  assert.deepEqual(byHand.next.responseHeaders, ['x-a', 'b']);
});

test('flight headers go on whatever middleware does', async () => {
  const headers = ['host', 'h', 'rsc', '1', 'next-router-prefetch', '1', 'x-a', '1'];
  const { next } = await request(
    `const h = new Headers(req.headers); h.set('x-b', '2'); h.set('rsc', 'mine');
    return NextResponse.next({ request: { headers: h } });`,
    { headers },
  );
  assert.deepEqual(next.requestHeaders, [
    'host',
    'h',
    'x-a',
    '1',
    'x-b',
    '2',
    'rsc',
    '1',
    'next-router-prefetch',
    '1',
  ]);
});

test('rewrite()', async () => {
  const { next } = await request(
    `return NextResponse.rewrite(new URL('/b?c', req.url), { headers: { 'x-r': '1' } })`,
    { url: 'http://127.0.0.1:8080/a' },
  );
  assert.deepEqual(next, {
    rewriteUrl: 'http://127.0.0.1:8080/b?c',
    requestHeaders: undefined,
    responseHeaders: ['x-r', '1'],
  });
  const relative = await request(`return NextResponse.rewrite('/b')`);
  assert.equal(relative.next.rewriteUrl, 'http://example.com/b');
  const nextUrl = await request(
    `req.nextUrl.pathname = '/n'; return NextResponse.rewrite(req.nextUrl)`,
    { url: 'http://127.0.0.1/' },
  );
  assert.equal(nextUrl.next.rewriteUrl, 'http://127.0.0.1/n');
  const other = await request(`return NextResponse.rewrite('https://other.example/x')`);
  assert.equal(other.next.rewriteUrl, 'https://other.example/x');
  const handler = await request(`return NextResponse.rewrite('/b')`, { kind: 'handler' });
  assert.equal(handler.fail.code, 'BRINK_BAD_RESPONSE');
});

test('a path never becomes a host', async () => {
  const at = { url: 'http://127.0.0.1:8080/x' };
  const clone = 'const u = req.nextUrl.clone(); u.pathname = "//evil.example/x"; ';
  const rewritten = async (script) => (await request(script, at)).next.rewriteUrl;
  const own = 'http://127.0.0.1:8080//evil.example/x';
  assert.equal(await rewritten(`${clone} return NextResponse.rewrite(u)`), own);
  assert.equal(await rewritten(`return NextResponse.rewrite('//evil.example/x')`), own);
  const texts = ['//evil.example/x', '/\\\\evil.example/x', ' \\t/\\n/evil.example/x'];
  for (const text of texts) {
    assert.equal(await rewritten(`return NextResponse.rewrite('${text}')`), own, text);
  }
  assert.equal(
    await rewritten(
      `return new Response(null, { headers: { 'x-middleware-rewrite': '//evil.example/x' } })`,
    ),
    own,
  );
  for (const script of [
    `${clone} return NextResponse.redirect(u)`,
    ...texts.map((text) => `return NextResponse.redirect('${text}')`),
    `return Response.redirect('${own}')`,
  ]) {
    const { respond } = await request(script, at);
    assert.equal(respond.headers[respond.headers.indexOf('location') + 1], own, script);
  }
  // Somebody who names a host means it.
  assert.equal(
    await rewritten(`return NextResponse.rewrite('http://other.example//x')`),
    'http://other.example//x',
  );
});

test('redirect()', async () => {
  const { respond } = await request(`return NextResponse.redirect(new URL('/login', req.url))`, {
    url: 'http://127.0.0.1:1/a',
  });
  assert.deepEqual([respond.status, respond.headers], [307, ['location', '/login']]);
  // As in many examples on the web, which Next.js itself would refuse.
  const relative = await request(`return NextResponse.redirect('/login', 302)`);
  assert.deepEqual(
    [relative.respond.status, relative.respond.headers],
    [302, ['location', '/login']],
  );
  const other = await request(
    `return NextResponse.redirect('https://other.example/', { status: 308, headers: { 'x-a': '1' } })`,
  );
  assert.deepEqual(
    [other.respond.status, other.respond.headers],
    [
      308,
      ['x-a', '1', 'location', 'https://other.example/', 'refresh', '0;url=https://other.example/'],
    ],
  );
  const own = await request(`return NextResponse.redirect(new URL('/t?a=1', req.url), 308)`);
  assert.equal(own.header('refresh'), '0;url=/t?a=1');
  const handler = await request(`return Response.redirect('https://other.example/', 308)`, {
    kind: 'handler',
  });
  assert.equal(handler.header('refresh'), undefined);
  const created = await request(
    `return new Response(null, { status: 201, headers: { location: req.url } })`,
  );
  assert.match(created.header('location'), /^http:/);
  const plain = await request(`return Response.redirect('http://example.com/x?y#z')`);
  assert.deepEqual(plain.respond.headers, ['location', '/x?y#z']);
  for (const status of [200, 300, 304, 399]) {
    const wrong = await request(`return NextResponse.redirect('http://a.example/', ${status})`);
    assert.match(
      wrong.fail.message,
      /RangeError: Failed to execute "redirect" on "response": Invalid status code/,
    );
  }
  const worker = start();
  assert.throws(
    () => worker.run(`NextResponse.redirect('/login')`),
    /URL is malformed "\/login". Please use only absolute URLs/,
  );
});

test('json() and plain construction', async () => {
  const { respond } =
    await request(`const r = NextResponse.json({ a: 1 }, { status: 201, headers: { 'x-a': 'b' } });
    r.cookies.set('s', 'v'); return r;`);
  assert.deepEqual([respond.status, respond.kind, respond.body], [201, INLINE, '{"a":1}']);
  assert.deepEqual(respond.headers, [
    'x-a',
    'b',
    'content-type',
    'application/json',
    'set-cookie',
    's=v; Path=/',
  ]);
  const html = await request(
    `return new NextResponse('<p>', { headers: { 'content-type': 'text/html' } })`,
  );
  assert.deepEqual([html.respond.body, html.header('content-type')], ['<p>', 'text/html']);
});

test('cookies of next() go to the client, and to the page as x-middleware-set-cookie', async () => {
  const { next } =
    await request(`const res = NextResponse.next(); res.cookies.set('a', '1', { httpOnly: true, maxAge: 0 }).set('b', 'x y');
    res.cookies.delete('c'); return res;`);
  assert.deepEqual(next.responseHeaders, [
    'set-cookie',
    'a=1; Path=/; Max-Age=0; HttpOnly',
    'set-cookie',
    'b=x%20y; Path=/',
    'set-cookie',
    'c=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT',
    'x-middleware-set-cookie',
    'a=1; Path=/; Max-Age=0; HttpOnly,b=x%20y; Path=/,c=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT',
  ]);
  // The front puts them on the request.
  assert.equal(next.requestHeaders, undefined);
});

test('headers that a middleware leaves empty are not sent', async () => {
  const { next } = await request(
    `return NextResponse.next({ headers: { 'x-a': '1', 'x-e': '', 'x-b': '2' } })`,
  );
  assert.deepEqual(next.responseHeaders, ['x-a', '1', 'x-b', '2']);
  const { respond } = await request(`return new Response(null, { headers: { 'x-e': '' } })`);
  assert.deepEqual(respond.headers, []);
  const handler = await request(`return new Response(null, { headers: { 'x-e': '' } })`, {
    kind: 'handler',
  });
  assert.deepEqual(handler.respond.headers, ['x-e', '']);
});

test('the status of next() and rewrite() is told', async () => {
  assert.equal((await request(`return NextResponse.next()`)).next.status, undefined);
  assert.equal((await request(`return NextResponse.next({ status: 202 })`)).next.status, 202);
  const rewrite = await request(`return NextResponse.rewrite('/down', { status: 503 })`);
  assert.equal(rewrite.next.status, 503);
});

test('several cookie headers are one list of cookies', async () => {
  const headers = ['cookie', 'a=1', 'x-a', '1', 'cookie', 'b=2; c=3', 'x-a', '2'];
  const { respond } = await request(
    `return Response.json([req.headers.get('cookie'), req.cookies.get('a').value,
      req.cookies.get('b').value, req.cookies.get('c').value, req.headers.get('x-a'),
      [...req.headers], new Headers([['cookie', 'd=4'], ['Cookie', 'e=5']]).get('COOKIE')])`,
    { headers },
  );
  assert.deepEqual(JSON.parse(respond.body), [
    'a=1; b=2; c=3',
    '1',
    '2',
    '3',
    '1, 2',
    [
      ['cookie', 'a=1; b=2; c=3'],
      ['x-a', '1, 2'],
    ],
    'd=4; e=5',
  ]);
});

test('exports that brink has no code for say so when they are used', async () => {
  for (const name of ['URLPattern', 'ImageResponse']) {
    const { fail } = await request(`new ${name}({ pathname: '/' })`);
    assert.match(fail.message, new RegExp(`^Error: ${name} of next/server is not supported`));
  }
});

test('no protocol header reaches a client', async () => {
  const { respond } =
    await request(`return new Response('x', { headers: { 'x-middleware-set-cookie': 'a', 'x-middleware-request-b': 'c',
    'x-middleware-skip': '1', 'x-kept': '1' } })`);
  assert.deepEqual(
    respond.headers,
    ['x-middleware-set-cookie', 'x-kept', '1', 'content-type', 'text/plain;charset=UTF-8'].slice(1),
  );
});

test('NextFetchEvent', async () => {
  assert.deepEqual(
    await value(`(() => { const seen = [event.sourcePage, event instanceof NextFetchEvent, event.params];
    for (const use of [() => event.request, () => event.respondWith()]) { try { use(); } catch (e) { seen.push(e.message.slice(0, 60)); } }
    try { new NextFetchEvent(); } catch (e) { seen.push(e.name); } return seen; })()`),
    [
      'middleware.js',
      true,
      {},
      'The middleware "middleware.js" accepts an async API directly w',
      'The middleware "middleware.js" accepts an async API directly w',
      'TypeError',
    ].map((t, i) => (i === 3 || i === 4 ? t.slice(0, 60) : t)),
  );
});

test('userAgent', async () => {
  const agent =
    'Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Mobile/15E148 Safari/604.1';
  assert.deepEqual(
    await value(
      `(({ device, os, browser, isBot }) => [device.type, os.name, browser.name, isBot,
    userAgentFromString('Googlebot/2.1').isBot, userAgentFromString(undefined).isBot])(userAgent(req))`,
      { headers: ['user-agent', agent] },
    ),
    ['mobile', 'iOS', 'Mobile Safari', false, true, false],
  );
});

test('after() and connection() need a request', async () => {
  assert.deepEqual(await value(`[await connection() ?? null]`), [null]);
  const worker = start();
  assert.throws(() => worker.run(`after(() => {})`), /`after` was called outside a request scope/);
  await assert.rejects(
    worker.run(`connection()`),
    /`connection` was called outside a request scope/,
  );
  const wrong = await request(`after(5)`);
  assert.match(wrong.fail.message, /Argument must be a promise or a function/);
});

test('code bundled from Next.js finds waitUntil', async () => {
  const worker = start();
  const exchange = worker.start(
    worker.load(`() => { globalThis[Symbol.for('@next/request-context')].get().waitUntil(
    new Promise((resolve) => { globalThis.release = resolve; })); }`),
  );
  assert.equal(exchange.done, 0);
  worker.run('release()');
  await exchange.doneSignal;
  assert.equal(worker.run(`globalThis[Symbol.for('@next/request-context')].get()`), undefined);
});

test('cookies of a response as Next.js shows them', async () => {
  const exchange = await request(`const res = NextResponse.next();
    res.cookies.set('a', '1', { maxAge: 60 });
    const { set, get } = res.cookies; set('b', '2');
    const plain = res.cookies.set('c', '3');
    return Response.json([get('b').value, plain !== res.cookies, plain.get('c').value,
      res.cookies.constructor.name, Object.getPrototypeOf(res.cookies) === Object.getPrototypeOf(plain),
      res.headers.getSetCookie(), res.headers.get('x-middleware-set-cookie')]);`);
  const seen = exchange.respond.body.replaceAll(/ Expires=[^;]*;/g, '');
  assert.deepEqual(JSON.parse(seen), [
    '2',
    true,
    '3',
    'ResponseCookies',
    true,
    ['a=1; Path=/; Max-Age=60', 'b=2; Path=/', 'c=3; Path=/'],
    'a=1; Path=/; Max-Age=60,b=2; Path=/,c=3; Path=/',
  ]);
});

test('names in a list of overridden headers may have spaces around them', async () => {
  const { next } = await request(`return new Response(null, { headers: { 'x-middleware-next': '1',
    'x-middleware-override-headers': ' a , B,,', 'x-middleware-request-a': '1', 'x-middleware-request-b': '2' } });`);
  assert.deepEqual(next.requestHeaders.slice(0, 4), ['a', '1', 'b', '2']);
});

test('lengths, names, and arguments that Next.js refuses', async () => {
  const exchange = await request(`const name = (f) => { try { f(); return 'taken'; } catch (e) { return e.name; } };
    const { NextURL } = { NextURL: req.nextUrl.constructor };
    return Response.json([
      NextResponse.length, NextResponse.json.length, NextResponse.redirect.length, NextResponse.rewrite.length,
      NextResponse.next.length, NextURL.length, NextURL.name,
      ['analyze', 'formatPathname', 'formatSearch'].every((n) => typeof NextURL.prototype[n] === 'function'),
      name(() => new NextResponse(null, null)),
      ...[undefined, null, 1, true].map((v) => name(() => new NextRequest(v))),
      name(() => new NextRequest('http://a.example/', null)), name(() => new NextRequest()),
    ]);`);
  assert.deepEqual(JSON.parse(exchange.respond.body), [
    1, 2, 2, 2, 1, 3, 'NextURL', true, ...Array(7).fill('TypeError'),
  ]);
});
