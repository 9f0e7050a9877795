// What reaches the origin and what comes back: methods, headers, bodies and their framing.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { startBrink } from './lib/brink.mjs';
import { httpOrigin } from './lib/origin.mjs';
import { nginxOrigin } from './lib/nginx.mjs';
import { RawConnection } from './lib/raw.mjs';

const limits = { timeout: 60_000 };

test('requests reach the origin as the client meant them', limits, async (t) => {
  const origin = await httpOrigin(t);
  const brink = await startBrink(t, { origin });

  for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
    await t.test(`${method}, its path and query`, async () => {
      const body = ['POST', 'PUT', 'PATCH'].includes(method) ? 'the body' : undefined;
      const response = await brink.get('/a/b%20c;d?x=1&y=%2F', { method, body });
      assert.equal(response.status, 200);
      const seen = response.json();
      assert.equal(seen.method, method);
      assert.equal(seen.url, '/a/b%20c;d?x=1&y=%2F');
      assert.equal(seen.body, body ?? '');
    });
  }

  await t.test('dot segments are resolved before anything looks at the path, the rest stays', async () => {
    const seen = (await brink.get('/a/b/./c/../d%2Fe?x=/../y//z')).json();
    assert.equal(seen.url, '/a/b/d%2Fe?x=/../y//z');
  });

  await t.test('end-to-end headers pass, repeated ones too', async () => {
    const seen = (await brink.get('/', {
      headers: { 'X-Custom': ['one', 'two'], Cookie: 'a=1; b=2', Accept: 'text/plain' },
    })).json();
    assert.equal(seen.headers['x-custom'], 'one, two');
    assert.equal(seen.headers.cookie, 'a=1; b=2');
    assert.equal(seen.headers.accept, 'text/plain');
  });

  await t.test('hop-by-hop headers stay, with those that Connection names', async () => {
    const client = await RawConnection.connect(brink.url);
    client.write('GET /hop HTTP/1.1\r\nHost: shop.example\r\nConnection: keep-alive, X-Private\r\n' +
      'X-Private: secret\r\nKeep-Alive: timeout=5\r\nProxy-Connection: keep-alive\r\n' +
      'TE: trailers\r\nUpgrade: h2c\r\nProxy-Authorization: Basic eA==\r\nX-Public: yes\r\n\r\n');
    const seen = JSON.parse((await client.readMessage()).text);
    client.destroy();
    for (const name of ['x-private', 'keep-alive', 'proxy-connection', 'te', 'upgrade',
      'proxy-authorization']) {
      assert.equal(seen.headers[name], undefined, `${name} must not reach the origin`);
    }
    assert.equal(seen.headers['x-public'], 'yes');
  });

  await t.test('X-Forwarded-For, -Proto and -Host, and Forwarded, say who asked for what', async () => {
    const seen = (await brink.get('/', { headers: { host: 'shop.example' } })).json();
    assert.match(seen.headers['x-forwarded-for'], /(^|, )127\.0\.0\.1$/);
    assert.equal(seen.headers['x-forwarded-proto'], 'http');
    assert.equal(seen.headers['x-forwarded-host'], 'shop.example');
    assert.match(seen.headers.forwarded, /for="?127\.0\.0\.1"?/i);
    assert.match(seen.headers.forwarded, /host="?shop\.example"?/i);
    assert.match(seen.headers.forwarded, /proto="?http"?/i);
  });

  await t.test('a request body of known length keeps its length', async () => {
    const seen = (await brink.post('/', 'x'.repeat(100_000), {
      headers: { 'content-length': '100000' },
    })).json();
    assert.equal(seen.headers['content-length'], '100000');
    assert.equal(seen.headers['transfer-encoding'], undefined);
    assert.equal(seen.body.length, 100_000);
  });

  await t.test('a chunked request body arrives whole, framed anew', async () => {
    const client = await RawConnection.connect(brink.url);
    client.write('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n');
    client.write('5;ext=1\r\nhello\r\n');
    client.write('1\r\n \r\n6\r\nworld!\r\n0\r\nX-Trailer: t\r\n\r\n');
    const seen = JSON.parse((await client.readMessage()).text);
    client.destroy();
    assert.equal(seen.body, 'hello world!');
    assert.equal(seen.headers['content-length'], undefined);
  });

  await t.test('Expect: 100-continue gets its 100 before the body', async () => {
    const client = await RawConnection.connect(brink.url);
    client.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n');
    const interim = await client.readHead();
    assert.equal(interim.start, 'HTTP/1.1 100 Continue');
    client.write('body');
    const seen = JSON.parse((await client.readMessage()).text);
    client.destroy();
    assert.equal(seen.body, 'body');
  });

  await t.test('a whole POST in one segment with Expect is served too', async () => {
    const client = await RawConnection.connect(brink.url);
    client.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\nbody');
    let message = await client.readMessage();
    if (message.status === 100) message = await client.readMessage();
    client.destroy();
    assert.equal(message.status, 200);
    assert.equal(JSON.parse(message.text).body, 'body');
  });
});

test('responses reach the client as the origin meant them', limits, async (t) => {
  const big = 'b'.repeat(200_000);
  const origin = await httpOrigin(t, (request, response) => {
    switch (request.url.split('?')[0]) {
      case '/status': return void response.writeHead(418, 'Short And Stout').end('tea');
      case '/cookies':
        response.setHeader('set-cookie', ['a=1; Path=/', 'b=2; HttpOnly']);
        response.setHeader('x-reply', 'r');
        response.setHeader('keep-alive', 'timeout=5');
        return void response.end('ok');
      case '/chunked':
        response.write('one,');
        setTimeout(() => response.end('two'), 20);
        return;
      case '/length':
        response.setHeader('content-length', big.length);
        return void response.end(big);
      case '/204': return void response.writeHead(204).end();
      case '/304': return void response.writeHead(304, { etag: '"e"' }).end();
      case '/hints':
        response.writeEarlyHints({ link: '</style.css>; rel=preload; as=style' });
        return void setTimeout(() => response.end('after hints'), 20);
      case '/processing':
        response.writeProcessing();
        return void setTimeout(() => response.end('after 102'), 20);
      default: return void response.writeHead(404).end('no such page');
    }
  });
  const brink = await startBrink(t, { origin });

  await t.test('status, reason and body', async () => {
    const response = await brink.get('/status');
    assert.equal(response.status, 418);
    assert.equal(response.statusText, 'Short And Stout');
    assert.equal(response.text, 'tea');
  });

  await t.test('an error status of the origin is not replaced', async () => {
    const response = await brink.get('/nowhere');
    assert.equal(response.status, 404);
    assert.equal(response.text, 'no such page');
  });

  await t.test('headers pass, cookies stay apart, hop-by-hop headers stay', async () => {
    const response = await brink.get('/cookies');
    assert.deepEqual(response.headers['set-cookie'], ['a=1; Path=/', 'b=2; HttpOnly']);
    assert.equal(response.headers['x-reply'], 'r');
    assert.notEqual(response.headers['keep-alive'], 'timeout=5');
  });

  await t.test('a chunked body', async () => {
    const client = await RawConnection.connect(brink.url);
    client.write('GET /chunked HTTP/1.1\r\nHost: a\r\n\r\n');
    const response = await client.readMessage();
    client.destroy();
    assert.deepEqual(response.headers['transfer-encoding'], ['chunked']);
    assert.equal(response.headers['content-length'], undefined);
    assert.equal(response.text, 'one,two');
  });

  await t.test('a chunked body for an HTTP/1.0 client ends with the connection', async () => {
    const client = await RawConnection.connect(brink.url);
    client.write('GET /chunked HTTP/1.0\r\nHost: a\r\n\r\n');
    const response = await client.readMessage();
    assert.equal(response.headers['transfer-encoding'], undefined);
    assert.equal(response.text, 'one,two');
    client.destroy();
  });

  await t.test('a body of known length', async () => {
    const response = await brink.get('/length');
    assert.equal(response.headers['content-length'], String(big.length));
    assert.equal(response.headers['transfer-encoding'], undefined);
    assert.equal(response.text, big);
  });

  for (const [path, length] of [['/length', '200000'], ['/chunked', undefined]]) {
    await t.test(`HEAD ${path}: the head alone, and the connection goes on`, async () => {
      const client = await RawConnection.connect(brink.url);
      client.write(`HEAD ${path} HTTP/1.1\r\nHost: a\r\n\r\nGET /204 HTTP/1.1\r\nHost: a\r\n\r\n`);
      const head = await client.readMessage({ bodiless: true });
      assert.equal(head.status, 200);
      assert.equal(head.headers['content-length']?.[0], length);
      const next = await client.readMessage();
      assert.equal(next.status, 204);
      client.destroy();
    });
  }

  for (const status of [204, 304]) {
    await t.test(`${status} has no body and keeps the connection`, async () => {
      const client = await RawConnection.connect(brink.url);
      client.write(`GET /${status} HTTP/1.1\r\nHost: a\r\n\r\nGET /status HTTP/1.1\r\nHost: a\r\n\r\n`);
      const first = await client.readMessage();
      assert.equal(first.status, status);
      assert.equal(first.headers['transfer-encoding'], undefined);
      assert.equal((await client.readMessage()).status, 418);
      client.destroy();
    });
  }

  await t.test('early hints and 102 of the origin come first', async () => {
    const interim = [];
    const onInterim = (info) => interim.push(info);
    const response = await brink.get('/hints', { onInterim });
    assert.equal(response.text, 'after hints');
    assert.equal(interim[0]?.statusCode, 103);
    assert.equal(interim[0]?.headers.link, '</style.css>; rel=preload; as=style');
    assert.equal((await brink.get('/processing', { onInterim })).text, 'after 102');
    assert.equal(interim[1]?.statusCode, 102);
  });

  await t.test('no interim response for an HTTP/1.0 client', async () => {
    const client = await RawConnection.connect(brink.url);
    client.write('GET /hints HTTP/1.0\r\nHost: a\r\n\r\n');
    const response = await client.readMessage();
    assert.match(response.start, /^HTTP\/1\.[01] 200 /);
    assert.equal(response.text, 'after hints');
    client.destroy();
  });
});

test('in front of nginx', limits, async (t) => {
  const page = '<!doctype html><title>hello</title>' + 'x'.repeat(5000);
  const origin = await nginxOrigin(t, {
    files: { 'page.html': page, 'large.bin': Buffer.alloc(3 << 20, 'z') },
    server: 'location /old { return 301 /page.html; } location /upload { return 200 "got $http_x_id"; }',
  });
  const brink = await startBrink(t, { origin });

  await t.test('a static file, with its validators', async () => {
    const response = await brink.get('/page.html');
    assert.equal(response.text, page);
    const again = await brink.get('/page.html', { headers: { 'if-none-match': response.headers.etag } });
    assert.equal(again.status, 304);
  });

  await t.test('a range', async () => {
    const response = await brink.get('/page.html', { headers: { range: 'bytes=0-8' } });
    assert.equal(response.status, 206);
    assert.equal(response.text, '<!doctype');
  });

  await t.test('three megabytes', async () => {
    const response = await brink.get('/large.bin');
    assert.equal(response.body.length, 3 << 20);
    assert.ok(response.body.every((byte) => byte === 0x7a));
  });

  await t.test('a redirect is passed on, not followed', async () => {
    assert.equal((await brink.get('/old')).status, 301);
  });

  await t.test('nginx is told the headers', async () => {
    const response = await brink.post('/upload', 'data', { headers: { 'x-id': '42' } });
    assert.equal(response.text, 'got 42');
  });
});
