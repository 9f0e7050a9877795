// What people see of requests that fail: pages, the request's id, brink's log and the access log.
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { readFileSync } from 'node:fs';

import { startBrink } from './lib/brink.mjs';
import { tempDir } from './lib/files.mjs';
import { errorCode, readAll } from './lib/http.mjs';
import { httpOrigin } from './lib/origin.mjs';
import { RawConnection } from './lib/raw.mjs';
import { until } from './lib/wait.mjs';

const limits = { timeout: 60_000 };

/** brink as the public meets it, and its access log as objects. */
async function publicBrink(t, options) {
  const file = path.join(tempDir(t), 'access.log');
  const brink = await startBrink(t, { errorDetail: false, accessLog: file, ...options });
  brink.accessLine = (id) => until(() => {
    const lines = readFileSync(file, 'utf8').trim().split('\n').filter(Boolean);
    return lines.map((line) => JSON.parse(line)).find((line) => line.id === id);
  }, `an access log line of ${id}`);
  return brink;
}

const thrower = `export default () => {
  function inner() { throw new Error('SECRET-MSG'); }
  inner();
};`;

test('one id names a request everywhere', limits, async (t) => {
  const origin = await httpOrigin(t);
  const brink = await publicBrink(t, { origin, files: {
    'pages/api/fail.js': thrower,
    'pages/api/log.js': `export default (request) => {
      console.log('said', request.headers.get('x-request-id'));
      return new Response('ok');
    };`,
    'pages/api/own.js': 'export default () => new Response("x", { headers: { "x-request-id": "mine-1" } });',
  } });

  await t.test('of a failed script: page, header, both logs', async () => {
    const answer = await brink.get('/api/fail', { headers: { accept: 'text/html' } });
    const id = answer.headers['x-request-id'];
    assert.match(id, /^[0-9a-f]{16}$/);
    assert.ok(answer.text.includes(id));
    assert.equal((await brink.accessLine(id)).error, 'BRINK_SCRIPT_ERROR');
    await brink.logged(new RegExp(`error script failed request=${id} method=GET host=\\S+ `
      + 'path=/api/fail error=BRINK_SCRIPT_ERROR message="Error: SECRET-MSG"\\n'
      + ' {4}Error: SECRET-MSG\\n {4}at inner \\(pages/api/fail\\.js:2:\\d+\\)\\n'));
  });
  await t.test('of console lines', async () => {
    const id = (await brink.get('/api/log')).headers['x-request-id'];
    await brink.logged(new RegExp(`info console request=${id} text="said ${id}"`));
  });
  await t.test('of what the origin gets, whose own answer cannot change it', async () => {
    const answer = await brink.get('/x', { headers: { 'x-request-id': 'forged' } });
    assert.equal(answer.json().headers['x-request-id'], answer.headers['x-request-id']);
    assert.notEqual(answer.headers['x-request-id'], 'forged');
  });
  await t.test('of an answer whose script names it', async () => {
    const answer = await brink.get('/api/own');
    assert.equal(answer.headers['x-request-id'], 'mine-1');
    assert.equal((await brink.accessLine('mine-1')).status, 200);
  });
  await t.test('of what is no request', async () => {
    const client = await RawConnection.connect(brink.url);
    client.write('GET / HTTP/1.1\r\nbad header\r\n\r\n');
    await client.wait(() => client.ended || undefined, 'the end').catch(() => {});
    const text = client.buffer.toString();
    const id = /x-request-id: ([0-9a-f]{16})\r\n/.exec(text)?.[1];
    assert.ok(text.endsWith(`request ${id}\n`), text);
    assert.equal((await brink.accessLine(id)).error, 'BRINK_BAD_REQUEST');
  });
});

test('with trust_forwarded a client\'s id stays', limits, async (t) => {
  const origin = await httpOrigin(t);
  const brink = await publicBrink(t, { origin, config: { trust_forwarded: true } });
  const kept = await brink.get('/x', { headers: { 'x-request-id': 'a-b_c.1' } });
  assert.equal(kept.headers['x-request-id'], 'a-b_c.1');
  assert.equal(kept.json().headers['x-request-id'], 'a-b_c.1');
  assert.equal((await brink.accessLine('a-b_c.1')).path, '/x');
  const odd = await brink.get('/x', { headers: { 'x-request-id': 'a b<script>' } });
  assert.match(odd.headers['x-request-id'], /^[0-9a-f]{16}$/);
});

test('the public gets a code and an id, the log the reason', limits, async (t) => {
  const config = { limits: { wall_ms: 300 } };
  const brink = await publicBrink(t, { config, origin: 'http://127.0.0.1:9', files: {
    'middleware.js': `import { NextResponse } from 'next/server';
      export default () => NextResponse.rewrite('http://127.0.0.1:8/x');
      export const config = { matcher: '/rewrite' };`,
    'pages/api/fail.js': thrower,
    'pages/api/hang.js': 'export default () => new Promise(() => {});',
    'pages/api/header.js': 'export default () => new Response("", { headers: { a: "SECRET\\r\\nx: y" } });',
  } });
  const cases = [
    ['/api/fail', 'BRINK_SCRIPT_ERROR', /SECRET-MSG/],
    ['/api/header', 'BRINK_SCRIPT_ERROR', /SECRET/],
    ['/api/hang', 'BRINK_WALL_LIMIT', /no response within 300 ms/],
    ['/x', 'BRINK_ORIGIN_UNREACHABLE', /127\.0\.0\.1:9/],
    ['/rewrite', 'BRINK_FETCH_FORBIDDEN', /127\.0\.0\.1/],
  ];
  for (const [target, code, reason] of cases) {
    await t.test(target, async () => {
      for (const accept of ['text/html', 'application/json', '*/*']) {
        const answer = await brink.get(target, { headers: { accept } });
        assert.equal(errorCode(answer), code);
        const all = answer.text + JSON.stringify(answer.headers);
        assert.doesNotMatch(all, /SECRET|127\.0\.0\.1|loopback|egress\.|docs\/|wall_ms/);
        const id = answer.headers['x-request-id'];
        assert.ok(answer.text.includes(id));
        const line = await brink.logged(new RegExp(`.*request=${id} .*error=${code}.*`));
        assert.match(line[0], reason);
        assert.match(line[0], /method=GET host=\S+ path=\S+ /);
      }
    });
  }
});

test('with error_detail the page says why', limits, async (t) => {
  const brink = await startBrink(t, { errorDetail: false, config: { error_detail: true },
    files: { 'pages/api/fail.js': thrower } });
  const answer = await brink.get('/api/fail');
  assert.match(answer.text, /SECRET-MSG/);
  assert.match(answer.text, /see docs\/limits\.md#brink_script_error/);
});

test('pages of the app\'s own', limits, async (t) => {
  const brink = await publicBrink(t, { origin: 'http://127.0.0.1:9', files: {
    'pages/api/fail.js': thrower,
    'errors/502.html': '<h1>{{status}} {{title}}</h1><code>{{code}}</code> {{request_id}} {{other}}',
    'errors/5xx.html': '<p>ours: {{code}}{{detail}}</p>',
    'errors/50x.html': 'never',
  } });
  await t.test('for one status, filled in', async () => {
    const answer = await brink.get('/x', { headers: { accept: 'text/html' } });
    assert.equal(answer.status, 502);
    assert.equal(answer.headers['content-type'], 'text/html; charset=utf-8');
    assert.equal(answer.text, '<h1>502 the origin refused or could not be reached</h1>'
      + `<code>BRINK_ORIGIN_UNREACHABLE</code> ${answer.headers['x-request-id']} {{other}}`);
  });
  await t.test('for all others of a kind', async () => {
    assert.equal((await brink.get('/api/fail')).text, '<p>ours: BRINK_SCRIPT_ERROR</p>');
  });
  await t.test('not for who wants JSON', async () => {
    const answer = await brink.get('/x', { headers: { accept: 'application/json' } });
    assert.equal(answer.json().error.code, 'BRINK_ORIGIN_UNREACHABLE');
  });
  await t.test('a file that is no page is named', async () => {
    assert.match(brink.stderr, /brink: errors\/50x\.html is not used: /);
  });
});

test('a body that breaks off is in the access log', limits, async (t) => {
  const origin = await httpOrigin(t, (request, response) => {
    response.writeHead(200, { 'content-length': '100' });
    response.write('part', () => setTimeout(() => response.destroy(), 50));
  });
  const start = 'const e = (s) => new TextEncoder().encode(s); let n = 0;';
  const brink = await publicBrink(t, { origin, files: {
    'pages/api/error.js': `export default () => { ${start} return new Response(new ReadableStream({
      pull(c) { if (n++ === 0) c.enqueue(e('first')); else c.error(new Error('broke here')); } })); };`,
    'pages/api/loop.js': `export default () => { ${start} return new Response(new ReadableStream({
      pull(c) { if (n++ === 0) c.enqueue(e('first')); else for (;;); } })); };`,
  } });
  const cases = [
    ['/api/error', 'BRINK_SCRIPT_ERROR', /broke here/],
    ['/api/loop', 'BRINK_CPU_LIMIT', /CPU time limit/],
    ['/x', 'BRINK_ORIGIN_CLOSED', /./],
  ];
  for (const [target, code, reason] of cases) {
    await t.test(target, async () => {
      const answer = await brink.open(target);
      await assert.rejects(readAll(answer.stream));
      const line = await brink.accessLine(answer.headers['x-request-id']);
      assert.equal(line.status, 200);
      assert.equal(line.error, code);
      const logged = await brink.logged(new RegExp(
        `error response broken off request=${line.id} .*error=${code}.*`));
      assert.match(logged[0], reason);
    });
  }
});

test('an uncaught error of a limit has the limit\'s code', limits, async (t) => {
  const origin = await httpOrigin(t);
  const call = `fetch('${origin.url}/')`;
  const brink = await publicBrink(t, { origin,
    config: { limits: { timers: 2, subrequests: 1, request_body_bytes: 10 } },
    files: {
      'pages/api/timers.js': 'export default () => { for (;;) setTimeout(() => {}, 1000); };',
      'pages/api/subrequests.js': `export default async () => { await (await ${call}).text(); return ${call}; };`,
      'pages/api/body.js': 'export default async (request) => new Response(await request.text());',
      'pages/api/fields.js': `export default () => { const h = new Headers();
        for (let i = 0; i < 300; i++) h.append('x-' + i, '1'); return new Response('', { headers: h }); };`,
    } });
  const cases = [['timers', 'BRINK_TIMER_LIMIT', 500], ['subrequests', 'BRINK_SUBREQUEST_LIMIT', 500],
    ['fields', 'BRINK_RESPONSE_HEAD_TOO_LARGE', 500]];
  for (const [name, code, status] of cases) {
    await t.test(name, async () => {
      const answer = await brink.get(`/api/${name}`);
      assert.equal(errorCode(answer), code);
      assert.equal(answer.status, status);
      assert.equal((await brink.accessLine(answer.headers['x-request-id'])).error, code);
    });
  }
  await t.test('a body that is too large has one code', async () => {
    const answer = await brink.post('/api/body', 'x'.repeat(5000));
    assert.equal(answer.status, 413);
    const id = answer.headers['x-request-id'];
    await brink.logged(new RegExp(`request=${id} .*error=BRINK_BODY_TOO_LARGE`));
    assert.doesNotMatch(brink.stderr, new RegExp(`request=${id} .*BRINK_SCRIPT_ERROR`));
  });
});

test('no text can pass for a line of the log', limits, async (t) => {
  const forged = '2026-01-01T00:00:00.000Z error forged';
  const brink = await startBrink(t, { files: { 'pages/api/a.js': `export default () => {
    const end = ['\\n', '\\r\\n', '\\u2028', '\\u0085', '\\x1b[2K'];
    for (const e of end) console.error('said' + e + '${forged}');
    const error = new Error('x'); error.stack = 'Error' + end.map((e) => e + '${forged}').join('');
    throw error;
  };` } });
  await brink.get('/api/a');
  await brink.logged(/script failed/);
  await until(() => brink.stderr.split('said').length === 6, 'all lines');
  for (const line of brink.stderr.split(/[\r\n\u0085\u2028]/)) {
    assert.ok(!line.startsWith(forged), line);
  }
  assert.doesNotMatch(brink.stderr, /\x1b/);
});
