// Header fields on their way in and out: what a client may not say, what middleware's headers do on
// both sides, what origins may not steer, and what an intermediary owes (RFC 9110 section 7.6).
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import path from 'node:path';
import { test } from 'node:test';

import { executable, runBrink, startBrink } from './lib/brink.mjs';
import { cleanUp } from './lib/cleanup.mjs';
import { tempDir, writeFiles } from './lib/files.mjs';
import { errorCode } from './lib/http.mjs';
import { echo, httpOrigin, rawOrigin } from './lib/origin.mjs';
import { endProcess, ownProcess } from './lib/proc.mjs';
import { RawConnection } from './lib/raw.mjs';
import { until } from './lib/wait.mjs';

const limits = { timeout: 60_000 };
const FORGED = '198.51.100.66';

const NAMES = [
  'x-middleware-subrequest', 'x-middleware-rewrite', 'x-middleware-next', 'x-middleware-set-cookie',
  'x-middleware-override-headers', 'x-middleware-request-x-user', 'x-matched-path', 'x-nextjs-data',
  'x-nextjs-rewrite', 'x-now-route-matches', 'next-resume', 'x-invoke-path', 'proxy',
  'x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host', 'x-forwarded-port', 'x-forwarded-ssl',
  'x-forwarded-prefix', 'forwarded', 'x-real-ip', 'x-client-ip', 'true-client-ip', 'cf-connecting-ip',
  'x-original-url', 'x-rewrite-url',
];

/** The name with dashes, underscores and both; in three cases; once, twice, named in Connection. */
function* formsOf(name) {
  const spellings = new Set([name, name.replaceAll('-', '_'), name.replace('-', '_')]);
  for (const spelling of spellings) {
    const capitals = spelling.replace(/(^|[-_])[a-z]/g, (letter) => letter.toUpperCase());
    for (const cased of new Set([spelling, spelling.toUpperCase(), capitals])) {
      yield [[cased, FORGED]];
      yield [[cased, FORGED], ['X-Between', '1'], [cased, FORGED]];
      yield [['Connection', `keep-alive, ${cased}`], [cased, FORGED]];
    }
  }
}

function request(host, fields, { method = 'GET', target = '/', version = '1.1' } = {}) {
  const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return `${method} ${target} HTTP/${version}\r\nHost: ${host}\r\n${lines}\r\n`;
}

async function ask(brink, fields, options) {
  const client = await RawConnection.connect(brink.url);
  client.write(request(brink.host, fields, options));
  const answer = await client.readMessage();
  client.destroy();
  return answer;
}

const valuesOf = (rawHeaders, name) => rawHeaders.filter((_, i) =>
  i % 2 === 1 && rawHeaders[i - 1].toLowerCase() === name);

test('no spelling of a name that clients may not use gets past', limits, async (t) => {
  const origin = await httpOrigin(t);
  const app = {
    'middleware.js': `import { NextResponse } from 'next/server';
export function middleware(request) {
  return NextResponse.next({ headers: { 'x-seen': JSON.stringify([...request.headers]).replace(/[^\\x20-\\x7e]/g, '?') } });
}
export const config = { matcher: '/mw' };`,
  };
  for (const config of [{}, { underscores_in_headers: true }]) {
    const brink = await startBrink(t, { origin, files: app, config });
    await t.test(JSON.stringify(config), async () => {
      const client = await RawConnection.connect(brink.url);
      let forms = 0;
      for (const name of NAMES) {
        for (const fields of formsOf(name)) {
          for (const target of ['/plain', '/mw']) {
            client.write(request(brink.host, fields, { target }));
            const answer = await client.readMessage();
            assert.equal(answer.status, 200, JSON.stringify(fields));
            const seen = answer.text + (answer.headers['x-seen']?.[0] ?? '');
            assert.ok(!seen.includes(FORGED), `${JSON.stringify(fields)} on ${target}: ${seen}`);
          }
          forms += 1;
        }
      }
      client.destroy();
      assert.ok(forms > 400, `${forms} forms`);
    });
  }
});

test('names with underscores', limits, async (t) => {
  const origin = await httpOrigin(t);
  const fields = [['X_User', 'root'], ['x-user', 'ada']];

  await t.test('are dropped', async () => {
    const brink = await startBrink(t, { origin });
    const { headers } = JSON.parse((await ask(brink, fields)).text);
    assert.equal(headers.x_user, undefined);
    assert.equal(headers['x-user'], 'ada');
  });
  await t.test('pass with "underscores_in_headers"', async () => {
    const brink = await startBrink(t, { origin, config: { underscores_in_headers: true } });
    const { headers } = JSON.parse((await ask(brink, fields)).text);
    assert.deepEqual([headers.x_user, headers['x-user']], ['root', 'ada']);
  });
});

test('what a trusted proxy says', limits, async (t) => {
  const origin = await httpOrigin(t);
  const files = {
    'middleware.js': `import { NextResponse } from 'next/server';
export const middleware = (request) => NextResponse.next({ headers: { 'x-url': request.url } });`,
  };
  const brink = await startBrink(t, { origin, files, config: { trust_forwarded: true } });
  for (const protos of [['https'], ['HTTPS'], ['https, https'], ['https', 'https'], ['http, https'],
    ['https,http'], ['http', 'https']]) {
    const answer = await ask(brink, protos.map((value) => ['X-Forwarded-Proto', value]));
    const { headers } = JSON.parse(answer.text);
    assert.equal(headers['x-forwarded-proto'], 'https', protos.join(' | '));
    assert.match(answer.headers['x-url'][0], /^https:/, protos.join(' | '));
  }
  const { headers } = JSON.parse((await ask(brink, [
    ['X-Real-IP', '203.0.113.9'], ['X-Forwarded-Host', 'shop.example'], ['X-Forwarded-Proto', 'https'],
  ])).text);
  assert.equal(headers['x-real-ip'], '203.0.113.9');
  assert.equal(headers['x-forwarded-host'], 'shop.example');
  assert.equal(headers['x-forwarded-port'], '443');
});

test('a client on a Unix socket has no address', limits, async (t) => {
  const origin = await httpOrigin(t);
  const socketPath = path.join(tempDir(t), 'socket');
  const dir = writeFiles(tempDir(t), {
    'pages/api/ip.js': 'export default (request) => Response.json([request.ip ?? null]);',
  });
  const child = ownProcess(spawn(executable, ['serve', dir, '--origin', origin.url,
    '--listen', `unix:${socketPath}`, '--access-log', 'off'], { stdio: ['ignore', 'ignore', 'pipe'] }));
  cleanUp(t, () => endProcess(child));
  let log = '';
  child.stderr.on('data', (bytes) => { log += bytes; });
  await until(() => log.includes('serving'), 'brink to listen');
  const get = async (target) => {
    const sent = http.get({ socketPath, path: target, headers: { host: 'a.example' }, agent: false });
    const [response] = await once(sent, 'response');
    let text = '';
    for await (const part of response) text += part;
    return JSON.parse(text);
  };
  const { headers } = await get('/');
  assert.equal(headers['x-forwarded-for'], undefined);
  assert.equal(headers.forwarded, 'for=unknown;host="a.example";proto=http');
  assert.deepEqual(await get('/api/ip'), [null]);
});

test('two Cookie lines are one list for scripts and origin', limits, async (t) => {
  const origin = await httpOrigin(t);
  const brink = await startBrink(t, {
    origin,
    files: {
      'middleware.js': `import { NextResponse } from 'next/server';
export function middleware(request) {
  if (request.cookies.get('role')?.value === 'banned') return new Response('no', { status: 403 });
  return NextResponse.next();
}`,
    },
  });
  assert.equal((await ask(brink, [['Cookie', 'x=1'], ['Cookie', 'role=banned']])).status, 403);
  const { rawHeaders } = JSON.parse((await ask(brink, [['Cookie', 'a=1'], ['cookie', 'b=2; c=3']])).text);
  assert.deepEqual(valuesOf(rawHeaders, 'cookie'), ['a=1; b=2; c=3']);
});

test('what a middleware puts on its response', limits, async (t) => {
  const origin = await httpOrigin(t, (request, response) => {
    response.setHeader('vary', 'Accept-Encoding');
    response.setHeader('x-both', 'origin');
    return echo(request, response);
  });
  const brink = await startBrink(t, {
    origin,
    files: {
      'middleware.js': `import { NextResponse } from 'next/server';
export function middleware(request) {
  const headers = { 'x-a': '1', 'x-empty': '', 'x-both': 'mw', vary: 'x-mw' };
  const { pathname } = request.nextUrl;
  if (pathname === '/down') return NextResponse.rewrite(new URL('/maintenance', request.url), { status: 503 });
  const response = pathname === '/override'
    ? NextResponse.next({ headers, request: { headers: new Headers({ 'x-only': '1', 'x-a': 'request' }) } })
    : NextResponse.next({ headers, status: pathname === '/accepted' ? 202 : 200 });
  if (pathname === '/cookies' || pathname === '/api/cookies') {
    response.cookies.set('b', 'n e w', { httpOnly: true });
    response.cookies.delete('c');
  }
  return response;
}`,
      'pages/api/cookies.js': `export default (request) =>
  Response.json([request.headers.get('x-a'), request.cookies.getAll()], { headers: { vary: 'Origin' } });`,
    },
  });

  await t.test('goes to the client and onto the request', async () => {
    const answer = await ask(brink, [['X-A', 'from the client'], ['x-both', 'client']], { target: '/page' });
    const seen = JSON.parse(answer.text);
    assert.deepEqual(valuesOf(seen.rawHeaders, 'x-a'), ['1']);
    assert.deepEqual(valuesOf(seen.rawHeaders, 'x-both'), ['mw']);
    assert.equal(seen.headers['x-empty'], undefined);
    assert.deepEqual(answer.headers['x-a'], ['1']);
    assert.deepEqual(answer.headers['x-both'], ['origin']);
    assert.equal(answer.headers['x-empty'], undefined);
    const overridden = JSON.parse((await ask(brink, [], { target: '/override' })).text);
    assert.deepEqual([overridden.headers['x-only'], overridden.headers['x-a']], ['1', '1']);
  });
  await t.test('names in Vary are those of both', async () => {
    assert.deepEqual((await ask(brink, [])).headers.vary, ['x-mw, Accept-Encoding']);
    assert.deepEqual((await ask(brink, [], { target: '/api/cookies' })).headers.vary, ['x-mw, Origin']);
  });
  await t.test('cookies that it sets are those of the request', async () => {
    const cookie = ['Cookie', 'a="1=="; b=old; c=3'];
    const answer = await ask(brink, [cookie], { target: '/cookies' });
    const { headers } = JSON.parse(answer.text);
    assert.equal(headers.cookie, 'a="1=="; b=n%20e%20w; c=');
    assert.match(headers['x-middleware-set-cookie'], /^b=n%20e%20w; Path=\/; HttpOnly,c=; Path=\//);
    assert.equal(headers['set-cookie'].length, 2);
    assert.equal(answer.headers['set-cookie'].length, 2);
    assert.equal(answer.headers['x-middleware-set-cookie'], undefined);
    const [, cookies] = JSON.parse((await ask(brink, [cookie], { target: '/api/cookies' })).text);
    assert.deepEqual(cookies.filter(({ name }) => name === 'b'), [{ name: 'b', value: 'n e w' }]);
  });
  await t.test('its status is that of a 200', async () => {
    assert.equal((await ask(brink, [], { target: '/accepted' })).status, 202);
    const down = await ask(brink, [], { target: '/down' });
    assert.equal(down.status, 503);
    assert.equal(JSON.parse(down.text).url, '/maintenance');
  });
});

test('x-middleware-* of an origin steers nothing', limits, async (t) => {
  const origin = await httpOrigin(t, (request, response) => {
    if (request.url === '/evil') {
      response.writeHead(200, {
        'x-middleware-next': '1', 'x-middleware-rewrite': '/secret', 'x-middleware-set-cookie': 'a=1',
        'x-middleware-override-headers': 'x-user', 'x-middleware-request-x-user': 'root',
      });
      return response.end('page');
    }
    return response.end(`origin ${request.url} ${request.headers['x-user']}`);
  });
  const ways = {
    fetched: 'r',
    wrapped: 'new Response(r.body, r)',
    entries: 'new Response(r.body, { headers: [...r.headers] })',
    object: 'new NextResponse(r.body, { headers: Object.fromEntries(r.headers) })',
  };
  const script = `const ways = { ${Object.entries(ways).map(([name, code]) => `${name}: (r) => ${code}`)} };
async function answer(request) {
  const r = await fetch('${origin.url}/evil');
  return ways[request.nextUrl.searchParams.get('way')](r);
}`;
  const brink = await startBrink(t, {
    origin,
    files: {
      'middleware.js': `import { NextResponse } from 'next/server';\n${script}
export const middleware = (request) => request.nextUrl.searchParams.has('next')
  ? fetch('${origin.url}/evil').then((r) => NextResponse.next({ headers: r.headers })) : answer(request);
export const config = { matcher: '/mw' };`,
      'pages/api/h.js': `import { NextResponse } from 'next/server';\n${script}\nexport default answer;`,
    },
  });
  for (const way of Object.keys(ways)) {
    for (const target of ['/mw', '/api/h']) {
      const answer = await ask(brink, [], { target: `${target}?way=${way}` });
      assert.deepEqual([answer.status, answer.text], [200, 'page'], `${target} ${way}`);
    }
  }
  assert.equal((await ask(brink, [], { target: '/mw?next' })).text, 'origin /mw?next undefined');
});

test('a 308 has a Refresh, as Next.js sends it', limits, async (t) => {
  const origin = await httpOrigin(t);
  const brink = await startBrink(t, {
    origin,
    files: {
      'middleware.js': `import { NextResponse } from 'next/server';
export const middleware = (request) => NextResponse.redirect(new URL('/t?a=1', request.url), 308);
export const config = { matcher: '/x' };`,
      'pages/api/a.js': 'export default () => new Response("a");',
    },
  });
  const moved = await ask(brink, [], { target: '/x' });
  assert.deepEqual([moved.status, moved.headers.refresh], [308, ['0;url=/t?a=1']]);
  const slash = await ask(brink, [], { target: '/api/a/?q' });
  assert.deepEqual([slash.status, slash.headers.refresh], [308, ['0;url=/api/a?q']]);
});

test('HEAD says the length that GET has, or none', limits, async (t) => {
  const origin = await rawOrigin(t, async (connection) => {
    for (;;) {
      const { start } = await connection.readHead();
      connection.write(start.includes('chunked')
        ? 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'
        : 'HTTP/1.1 200 OK\r\nContent-Length: 9757\r\n\r\n');
    }
  });
  const upstream = `fetch('${origin.url}/f' + request.nextUrl.search, { method: request.method })`;
  const brink = await startBrink(t, {
    origin,
    files: {
      'pages/api/text.js': `export default () => new Response('hi thère');`,
      'pages/api/none.js': `export default () => new Response(null);`,
      'pages/api/stream.js': `export default () => new Response(new Blob(['abc']).stream());`,
      'pages/api/fetch.js': `export default (request) => ${upstream};`,
      'pages/api/wrap.js': `export default async (request) => { const r = await ${upstream};
  return new Response(r.body, { status: r.status, headers: r.headers }); };`,
    },
  });
  const cases = {
    '/static': '9757', '/api/text': '9', '/api/none': undefined, '/api/stream': undefined,
    '/api/fetch': '9757', '/api/wrap': '9757', '/api/fetch?chunked': undefined,
    '/api/wrap?chunked': undefined, '/nothing?chunked': undefined,
  };
  const client = await RawConnection.connect(brink.url);
  for (const [target, length] of Object.entries(cases)) {
    client.write(request(brink.host, [], { method: 'HEAD', target }));
    const answer = await client.readMessage({ bodiless: true });
    assert.equal(answer.status, 200, target);
    assert.equal(answer.headers['content-length']?.[0], length, target);
  }
  client.write(request(brink.host, [], { target: '/api/text' }));
  assert.deepEqual((await client.readMessage()).headers['content-length'], ['9']);
  client.destroy();
});

test('an intermediary names itself, counts hops, and answers where they end', limits, async (t) => {
  const origin = await httpOrigin(t);
  const brink = await startBrink(t, { origin });
  const credentials = [['Cookie', 'secret=1'], ['Authorization', 'Basic secret']];

  await t.test('Via', async () => {
    assert.equal(JSON.parse((await ask(brink, [])).text).headers.via, '1.1 brink');
    assert.equal(JSON.parse((await ask(brink, [['Via', '1.0 fred']])).text).headers.via,
      '1.0 fred, 1.1 brink');
  });
  await t.test('TRACE and OPTIONS end where Max-Forwards is 0', async () => {
    const came = origin.requests.length;
    const trace = await ask(brink, [['Max-Forwards', '0'], ...credentials], { method: 'TRACE', target: '/t' });
    assert.equal(trace.status, 200);
    assert.deepEqual(trace.headers['content-type'], ['message/http']);
    assert.match(trace.text, /^TRACE \/t HTTP\/1\.1\r\nHost: /);
    assert.doesNotMatch(trace.text, /secret/);
    const options = await ask(brink, [['Max-Forwards', '0']], { method: 'OPTIONS' });
    assert.equal(options.status, 204);
    assert.match(options.headers.allow[0], /GET/);
    assert.equal(origin.requests.length, came);
  });
  await t.test('else they go on, one less', async () => {
    const { headers } = JSON.parse((await ask(brink, [['Max-Forwards', '2'], ...credentials],
      { method: 'TRACE' })).text);
    assert.equal(headers['max-forwards'], '1');
    assert.deepEqual([headers.cookie, headers.authorization], [undefined, undefined]);
    assert.equal(JSON.parse((await ask(brink, [['Max-Forwards', '2'], ...credentials])).text)
      .headers.cookie, 'secret=1');
  });
  await t.test('a request that comes back again and again is a loop', async () => {
    const looped = await ask(brink, [['Via', Array(10).fill('1.1 brink').join(', ')]]);
    assert.equal(looped.status, 508);
    assert.match(looped.text, /BRINK_LOOP/);
  });
});

test('an error that only says that the client left is not logged as one', limits, async (t) => {
  let asked = 0;
  const origin = await httpOrigin(t, () => { asked += 1; }); // never answers
  const brink = await startBrink(t, {
    origin,
    files: {
      'pages/api/wait.js': `export default (request) => fetch('${origin.url}/', { signal: request.signal });`,
      'pages/api/later.js': `export default (request, event) => {
  event.waitUntil(fetch('${origin.url}/', { signal: request.signal }));
  return new Response(new ReadableStream({ pull: () => new Promise(() => {}) }));
};`,
      'pages/api/bug.js': `export default async (request) => {
  await fetch('${origin.url}/', { signal: request.signal }).catch(() => {});
  throw new Error('a bug behind it');
};`,
    },
  });
  for (const [number, name] of ['wait', 'later', 'bug'].entries()) {
    const client = await RawConnection.connect(brink.url);
    client.write(request(brink.host, [], { target: `/api/${name}` }));
    await until(() => asked > number, `the fetch of ${name}`);
    client.destroy();
  }
  await brink.logged(/a bug behind it/);
  assert.doesNotMatch(brink.stderr, /AbortError|client closed/);
});

test('a Next.js project: only edge handlers run here', limits, async (t) => {
  const origin = await httpOrigin(t);
  const files = {
    'package.json': JSON.stringify({ dependencies: { next: '16.4.6' } }),
    'pages/api/node.js': `const os = require('os');
export default function handler(req, res) { res.json({ host: os.hostname() }); }`,
    'pages/api/edge.js': `export const config = { runtime: 'edge' };
export default () => new Response('from the edge');`,
  };
  const brink = await startBrink(t, { origin, files });
  assert.equal((await brink.get('/api/edge')).text, 'from the edge');
  assert.equal((await brink.get('/api/node')).json().url, '/api/node');
  assert.match(brink.stderr, /pages\/api\/node\.js is not run: it is a Node\.js handler/);

  const checked = await runBrink(['check', writeFiles(tempDir(t), files)]);
  assert.equal(checked.code, 0, checked.stderr);
  assert.match(checked.stdout, /\/api\/edge/);
  assert.doesNotMatch(checked.stdout, /\/api\/node/);
  assert.match(checked.stderr, /pages\/api\/node\.js is not run/);

  const plain = await startBrink(t, {
    origin,
    files: {
      'pages/api/a.js': `export default () => new Response('edge');`,
      'pages/api/b.js': `export const config = { runtime: 'nodejs' };\nexport default () => {};`,
    },
  });
  assert.equal((await plain.get('/api/a')).text, 'edge');
  assert.equal((await plain.get('/api/b')).json().url, '/api/b');
});

test('exports of next/server that are not there load, and say so when used', limits, async (t) => {
  const brink = await startBrink(t, {
    files: {
      'middleware.js': `import { NextResponse, URLPattern, ImageResponse } from 'next/server';
export const middleware = () => new URLPattern({ pathname: '/a' }) && NextResponse.next();
export const config = { matcher: { source: '/a' } };`,
    },
  });
  const used = await brink.get('/a');
  assert.equal(errorCode(used), 'BRINK_SCRIPT_ERROR');
  await brink.logged(/URLPattern of next\/server is not supported/);
  assert.equal((await brink.get('/b')).status, 404);
});
