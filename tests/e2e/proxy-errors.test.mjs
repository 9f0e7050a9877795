// What a client sees when the origin, or the client itself, does not keep to the rules.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { startBrink } from './lib/brink.mjs';
import { errorCode, readAll } from './lib/http.mjs';
import { httpOrigin, rawOrigin, unusedPort } from './lib/origin.mjs';
import { RawConnection } from './lib/raw.mjs';

const limits = { timeout: 60_000 };

test('without an origin, unknown paths are not found', limits, async (t) => {
  const brink = await startBrink(t, {
    files: { 'pages/api/known.js': 'export default () => new Response("known");' },
  });
  assert.equal((await brink.get('/api/known')).text, 'known');
  const response = await brink.get('/api/unknown');
  assert.equal(response.status, 404);
  assert.equal(errorCode(response), 'BRINK_NOT_FOUND');
});

test('the error page speaks the language of the client', limits, async (t) => {
  const origin = `http://127.0.0.1:${await unusedPort()}`;
  const brink = await startBrink(t, { origin });

  await t.test('plain text for curl', async () => {
    const response = await brink.get('/', { headers: { accept: '*/*', 'user-agent': 'curl/8' } });
    assert.equal(response.status, 502);
    assert.match(response.headers['content-type'], /^text\/plain/);
    assert.match(response.text, /BRINK_ORIGIN_UNREACHABLE/);
    assert.doesNotMatch(response.text, /</);
  });

  await t.test('HTML for a browser', async () => {
    const response = await brink.get('/', { headers: { accept: 'text/html,*/*;q=0.8' } });
    assert.equal(response.status, 502);
    assert.match(response.headers['content-type'], /^text\/html/);
    assert.match(response.text, /<[a-z]+[^]*BRINK_ORIGIN_UNREACHABLE/i);
  });

  await t.test('JSON for a program', async () => {
    const response = await brink.get('/', { headers: { accept: 'application/json' } });
    assert.equal(response.status, 502);
    assert.match(response.headers['content-type'], /^application\/json/);
    assert.match(JSON.stringify(response.json()), /BRINK_ORIGIN_UNREACHABLE/);
  });

  await t.test('none for HEAD, and the connection goes on', async () => {
    const client = await RawConnection.connect(brink.url);
    client.write('HEAD / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n');
    assert.equal((await client.readMessage({ bodiless: true })).status, 502);
    assert.match((await client.readMessage()).text, /BRINK_ORIGIN_UNREACHABLE/);
    client.destroy();
  });

  await t.test('an error page is not cached', async () => {
    const response = await brink.get('/');
    assert.match(response.headers['cache-control'] ?? '', /no-store/);
  });
});

test('an origin that fails before its answer', limits, async (t) => {
  const answers = {
    '/closes': '',
    '/half-head': 'HTTP/1.1 200 OK\r\nContent-Le',
    '/not-http': 'SSH-2.0-OpenSSH_9.6\r\n\r\n',
    '/obs-fold': 'HTTP/1.1 200 OK\r\nX-A: one\r\n two\r\nContent-Length: 0\r\n\r\n',
    '/two-lengths': 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc',
    '/length-and-chunked':
      'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
    '/bad-status': 'HTTP/1.1 20 OK\r\n\r\n',
    '/nul-in-header': 'HTTP/1.1 200 OK\r\nX-A: a\0b\r\nContent-Length: 0\r\n\r\n',
    '/head-too-large': `HTTP/1.1 200 OK\r\nX-A: ${'a'.repeat(200_000)}\r\n\r\n`,
  };
  const origin = await rawOrigin(t, async (connection) => {
    const { start } = await connection.readMessage();
    connection.write(answers[start.split(' ')[1]]);
    connection.end();
  });
  const brink = await startBrink(t, { origin });

  const closed = ['/closes', '/half-head'];
  for (const path of Object.keys(answers)) {
    await t.test(path.slice(1), async () => {
      const response = await brink.get(path);
      assert.equal(response.status, 502, `${response.status}: ${response.text}`);
      assert.equal(errorCode(response),
        closed.includes(path) ? 'BRINK_ORIGIN_CLOSED' : 'BRINK_ORIGIN_BAD_RESPONSE');
    });
  }

  await t.test('101 that nobody asked for', async () => {
    answers['/upgrade'] = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n';
    const response = await brink.get('/upgrade');
    assert.equal(response.status, 502);
    assert.equal(errorCode(response), 'BRINK_ORIGIN_BAD_RESPONSE');
  });
});

test('an origin that dies in the middle of its body', limits, async (t) => {
  const origin = await rawOrigin(t, async (connection) => {
    const { start } = await connection.readMessage();
    connection.write(start.includes('/chunked')
      ? 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n'
      : 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello');
    setTimeout(() => connection.destroy({ reset: start.includes('reset') }), 50);
  });
  const brink = await startBrink(t, { origin });

  for (const path of ['/chunked', '/length', '/chunked-reset', '/length-reset']) {
    await t.test(`${path.slice(1)}: the client sees that the body is not complete`, async () => {
      const response = await brink.open(path);
      assert.equal(response.status, 200);
      let got = '';
      response.stream.on('data', (bytes) => { got += bytes; });
      await assert.rejects(readAll(response.stream), /aborted|hang up|reset/i);
      assert.equal(got, 'hello');
    });
  }
});

test('an origin that is too slow', limits, async (t) => {
  const silent = await rawOrigin(t, async (connection) => {
    const { start } = await connection.readMessage();
    if (start.includes('/body')) {
      connection.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello');
    }
  });
  const brink = await startBrink(t, {
    origin: silent,
    config: { timeouts: { origin_response_ms: 300, origin_body_ms: 300 } },
  });

  await t.test('to answer', async () => {
    const response = await brink.get('/');
    assert.equal(response.status, 504);
    assert.equal(errorCode(response), 'BRINK_ORIGIN_TIMEOUT');
  });

  await t.test('to go on', async () => {
    const response = await brink.open('/body');
    await assert.rejects(readAll(response.stream), /aborted|hang up|reset/i);
  });
});

test('a client that does not speak HTTP/1.1', limits, async (t) => {
  const origin = await httpOrigin(t, (request, response) => response.end('origin'));
  const brink = await startBrink(t, { origin });
  const cases = {
    'not HTTP at all': ['\x16\x03\x01\x02\x00\x01\x00\r\n\r\n', 400],
    'no Host': ['GET / HTTP/1.1\r\n\r\n', 400],
    'two Hosts': ['GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n', 400],
    'a space before the colon': ['GET / HTTP/1.1\r\nHost: a\r\nX-A : b\r\n\r\n', 400],
    'obs-fold': ['GET / HTTP/1.1\r\nHost: a\r\nX-A: b\r\n c\r\n\r\n', 400],
    'Content-Length and Transfer-Encoding':
      ['POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 400],
    'two lengths': ['POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd', 400],
    'a length that is no number': ['POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\n\r\nabc', 400],
    'chunked that is not last':
      ['POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n', 400],
    'a coding that is not supported':
      ['POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n', 501],
    'HTTP/2.0': ['GET / HTTP/2.0\r\nHost: a\r\n\r\n', 505],
    'a head that is too large': [`GET / HTTP/1.1\r\nHost: a\r\nX-A: ${'a'.repeat(100_000)}\r\n\r\n`, 431],
    'a target that is too long': [`GET /${'a'.repeat(100_000)} HTTP/1.1\r\nHost: a\r\n\r\n`, 431],
    'an expectation that nobody knows':
      ['POST / HTTP/1.1\r\nHost: a\r\nExpect: magic\r\nContent-Length: 1\r\n\r\nx', 417],
  };
  for (const [name, [request, status]] of Object.entries(cases)) {
    await t.test(name, async () => {
      const client = await RawConnection.connect(brink.url);
      client.write(request);
      const response = await client.readMessage();
      assert.equal(response.status, status, response.raw);
      assert.match(response.text, /BRINK_/);
      await client.waitClosed();
      client.destroy();
    });
  }

  await t.test('nothing of it reached the origin', () => assert.equal(origin.requests.length, 0));

  await t.test('a chunk that is not framed right ends the connection', async () => {
    const client = await RawConnection.connect(brink.url);
    client.write('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n');
    client.write('5\r\nhelloXX\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n');
    await client.waitClosed();
    client.destroy();
    assert.ok(!origin.requests.some((request) => request.url === '/smuggled'));
  });

  await t.test('a head that does not come to its end', async () => {
    const slow = await startBrink(t, { origin, config: { timeouts: { client_head_ms: 300 } } });
    const client = await RawConnection.connect(slow.url);
    client.write('GET / HTTP/1.1\r\nHost:');
    const response = await client.readMessage();
    assert.equal(response.status, 408);
    assert.match(response.text, /BRINK_REQUEST_TIMEOUT/);
    await client.waitClosed();
    client.destroy();
  });

  await t.test('others are served all the while', async () => {
    assert.equal((await brink.get('/')).text, 'origin');
  });
});

test('forwarding headers that a client made up', limits, async (t) => {
  const origin = await httpOrigin(t);
  const made = {
    'x-forwarded-for': '192.0.2.7', 'x-forwarded-proto': 'https', 'x-forwarded-host': 'bank.example',
    forwarded: 'for=192.0.2.7;proto=https;host=bank.example',
  };

  await t.test('are replaced', async () => {
    const brink = await startBrink(t, { origin });
    const { headers } = (await brink.get('/', { headers: made })).json();
    assert.equal(headers['x-forwarded-for'], '127.0.0.1');
    assert.equal(headers['x-forwarded-proto'], 'http');
    assert.equal(headers['x-forwarded-host'], brink.host);
    assert.doesNotMatch(headers.forwarded, /192\.0\.2\.7|bank\.example/);
  });

  await t.test('are kept and added to with "trust_forwarded"', async () => {
    const brink = await startBrink(t, { origin, config: { trust_forwarded: true } });
    const { headers } = (await brink.get('/', { headers: made })).json();
    assert.equal(headers['x-forwarded-for'], '192.0.2.7, 127.0.0.1');
    assert.equal(headers['x-forwarded-proto'], 'https');
    assert.match(headers.forwarded, /^for=192\.0\.2\.7;.*, *for=/);
  });
});
