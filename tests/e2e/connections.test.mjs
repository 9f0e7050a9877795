// Connections on both sides: keep-alive, pipelining, many at once, early leavers, draining.
import assert from 'node:assert/strict';
import http from 'node:http';
import { test } from 'node:test';

import { startBrink } from './lib/brink.mjs';
import { send } from './lib/http.mjs';
import { httpOrigin, rawOrigin } from './lib/origin.mjs';
import { children, isAlive, residentBytes, signal } from './lib/proc.mjs';
import { RawConnection } from './lib/raw.mjs';
import { sleep, until, within } from './lib/wait.mjs';

const limits = { timeout: 90_000 };

test('a client connection serves many requests', limits, async (t) => {
  const origin = await httpOrigin(t, (request, response) => {
    const wait_ms = Number(new URL(request.url, 'http://a').searchParams.get('wait') ?? 0);
    setTimeout(() => response.end(request.url), wait_ms);
  });
  const brink = await startBrink(t, { origin });

  await t.test('one after the other', async () => {
    const client = await RawConnection.connect(brink.url);
    for (let i = 0; i < 20; i++) {
      client.write(`GET /${i} HTTP/1.1\r\nHost: a\r\n\r\n`);
      assert.equal((await client.readMessage()).text, `/${i}`);
    }
    client.destroy();
  });

  await t.test('pipelined, answered in order', async () => {
    const client = await RawConnection.connect(brink.url);
    const paths = ['/a?wait=80', '/b', '/c?wait=20', '/d'];
    client.write(paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`).join(''));
    for (const path of paths) assert.equal((await client.readMessage()).text, path);
    client.destroy();
  });

  await t.test('pipelined, one byte at a time', async () => {
    const client = await RawConnection.connect(brink.url);
    const text = 'GET /x HTTP/1.1\r\nHost: a\r\n\r\nPOST /y HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi';
    for (const char of text) {
      client.write(char);
      await new Promise(setImmediate);
    }
    assert.equal((await client.readMessage()).text, '/x');
    assert.equal((await client.readMessage()).text, '/y');
    client.destroy();
  });

  await t.test('Connection: close is honoured', async () => {
    const client = await RawConnection.connect(brink.url);
    client.write('GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    const response = await client.readMessage();
    assert.equal(response.text, '/last');
    assert.match(response.headers.connection?.[0] ?? '', /close/i);
    await client.waitClosed();
    client.destroy();
  });

  await t.test('HTTP/1.0 closes, unless keep-alive was asked for', async () => {
    const client = await RawConnection.connect(brink.url);
    client.write('GET /old HTTP/1.0\r\nHost: a\r\n\r\n');
    assert.equal((await client.readMessage()).text, '/old');
    await client.waitClosed();
    client.destroy();
  });
});

test('origin connections are kept and reused', limits, async (t) => {
  const origin = await httpOrigin(t, (request, response) => response.end('ok'));
  const brink = await startBrink(t, { origin });
  for (let i = 0; i < 30; i++) assert.equal((await brink.get('/')).status, 200);
  assert.ok(origin.connections <= 3, `${origin.connections} connections for 30 requests in turn`);
});

test('200 keep-alive connections at once', limits, async (t) => {
  const origin = await httpOrigin(t, (request, response) => {
    setTimeout(() => response.end(`answer to ${request.url}`), 5);
  });
  const brink = await startBrink(t, {
    origin,
    files: {
      'middleware.js': `import { NextResponse } from 'next/server';
        export default (request) => NextResponse.next({ headers: { 'x-edge': '1' } });
        export const config = { matcher: '/mw/:path*' };`,
    },
  });
  for (const prefix of ['/plain', '/mw']) {
    await t.test(`${prefix}: 200 connections, 5 requests on each`, async () => {
      const agent = new http.Agent({ keepAlive: true, maxSockets: 200, maxFreeSockets: 200 });
      t.after(() => agent.destroy());
      let wrong = 0;
      await Promise.all(Array.from({ length: 200 }, async (_, client) => {
        for (let i = 0; i < 5; i++) {
          const path = `${prefix}/${client}/${i}`;
          const response = await send(brink.url, path, { agent });
          const edge = prefix === '/mw' ? '1' : undefined;
          if (response.status !== 200 || response.text !== `answer to ${path}`
            || response.headers['x-edge'] !== edge) wrong += 1;
        }
      }));
      assert.equal(wrong, 0);
      t.diagnostic(`front: ${Math.round(residentBytes(brink.pid) / 1024)} KiB resident`);
    });
  }
});

test('a client that leaves early', limits, async (t) => {
  const seen = { closed: 0 };
  const origin = await httpOrigin(t, (request, response) => {
    response.on('close', () => { if (!response.writableFinished) seen.closed += 1; });
    request.on('error', () => {});
    if (request.url === '/slow') return; // never answers
    if (request.url === '/upload') return void request.resume();
    const fill = () => { while (!response.destroyed && response.write(Buffer.alloc(65536))); };
    response.on('drain', fill);
    fill();
  });
  const brink = await startBrink(t, { origin });

  const cases = {
    'before the answer': 'GET /slow HTTP/1.1\r\nHost: a\r\n\r\n',
    'in the middle of an endless answer': 'GET /endless HTTP/1.1\r\nHost: a\r\n\r\n',
    'in the middle of its upload':
      'POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nsome of it',
  };
  for (const [name, request] of Object.entries(cases)) {
    for (const reset of [false, true]) {
      await t.test(`${name}${reset ? ', by a reset' : ''}: its origin connection is closed`, async () => {
        const before = seen.closed;
        const requests = origin.requests.length;
        const client = await RawConnection.connect(brink.url);
        client.write(request);
        await until(() => origin.requests.length > requests, 'the origin to see the request');
        if (request.includes('endless')) await client.readBytes(1000);
        client.destroy({ reset });
        await until(() => seen.closed > before, 'the origin connection to be closed');
      });
    }
  }

  await t.test('and brink goes on serving', async () => {
    const response = await brink.open('/endless');
    assert.equal(response.status, 200);
    response.stream.destroy();
  });
});

// Every connection that is made is answered; what nobody accepted may be refused, never reset.
for (const args of [[], ['--cells', '2']]) {
  test(`SIGTERM under 16 clients with new connections resets none ${args.join(' ')}`, limits, async (t) => {
    const origin = await httpOrigin(t, (request, response) => response.end('origin'));
    for (let round = 0; round < 4; round++) {
      const brink = await startBrink(t, {
        origin, args, files: { 'pages/api/ok.js': 'export default () => new Response("ok");' },
      });
      const faults = [];
      let served = 0;
      const clients = Array.from({ length: 16 }, async (_, i) => {
        for (;;) {
          const client = await RawConnection.connect(brink.url).catch((error) => error);
          if (client instanceof Error) {
            if (client.code !== 'ECONNREFUSED') faults.push(client.message);
            return;
          }
          await sleep(i % 4); // the first request of a connection may come a little later
          client.write(`GET /${i % 2 ? '' : 'api/ok'} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
          const answer = await client.readMessage().catch((error) => error);
          if (answer.status === 200) served += 1;
          else faults.push(answer.message ?? answer.start);
          client.destroy();
        }
      });
      await until(() => served > 100, 'the load');
      signal(brink.pid, 'SIGTERM');
      await Promise.all(clients);
      assert.deepEqual(faults, [], `${served} were served`);
      await until(() => brink.exited, 'brink to exit');
      assert.equal(brink.child.exitCode, 0);
    }
  });
}

test('SIGTERM drains', limits, async (t) => {
  const release = [];
  const origin = await httpOrigin(t, (request, response) => {
    response.write('begun,');
    release.push(() => response.end('done'));
  });
  const brink = await startBrink(t, {
    origin,
    files: { 'pages/api/ok.js': 'export default () => new Response("ok");' },
  });
  assert.equal((await brink.get('/api/ok')).text, 'ok');
  const idle = await RawConnection.connect(brink.url);
  const busy = await RawConnection.connect(brink.url);
  busy.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await until(() => release.length === 1, 'the request to reach the origin');
  signal(brink.pid, 'SIGTERM');

  await within(idle.waitClosed(), 'closing an idle connection');
  await until(async () => {
    const refused = await RawConnection.connect(brink.url).then((c) => (c.destroy(), false), () => true);
    return refused;
  }, 'new connections to be refused');
  assert.ok(isAlive(brink.pid), 'the running request keeps brink alive');
  release[0]();
  assert.equal((await busy.readMessage()).text, 'begun,done');
  await within(busy.waitClosed(), 'closing the last connection');
  await until(() => brink.exited, 'brink to exit');
  assert.equal(brink.child.exitCode, 0);
  assert.deepEqual(children(brink.pid), []);
  idle.destroy();
  busy.destroy();
});

test('a stale pooled connection costs a safe request nothing', limits, async (t) => {
  // Each connection serves one request, says keep-alive, and is closed as the next request arrives.
  const seen = new Map(); // how often each request line came here
  const read = async (connection) => {
    const { start } = await connection.readMessage();
    seen.set(start, (seen.get(start) ?? 0) + 1);
    return start.split(' ')[1];
  };
  const origin = await rawOrigin(t, async (connection) => {
    const body = `answer to ${await read(connection)}`;
    connection.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    await read(connection).catch(() => {}); // a second one is read, and never answered
    connection.destroy({ reset: true });
  });
  const brink = await startBrink(t, { origin });

  await t.test('GET is sent once more', async () => {
    for (let i = 0; i < 6; i++) {
      const response = await brink.get(`/${i}`);
      assert.equal(response.status, 200, response.text);
      assert.equal(response.text, `answer to /${i}`);
    }
  });

  for (const [method, body] of [['POST', 'once'], ['POST', ''], ['PUT', ''], ['PATCH', ''], ['DELETE', '']]) {
    await t.test(`${method} ${body ? 'with' : 'without'} a body is not`, async () => {
      const statuses = [];
      for (let i = 0; i < 4; i++) {
        const path = `/${method}-${body}-${i}`;
        statuses.push((await brink.get(path, { method, body })).status);
        assert.equal(seen.get(`${method} ${path} HTTP/1.1`), 1, 'the origin got it once');
      }
      assert.ok(statuses.includes(200));
      assert.ok(statuses.includes(502), 'one was on a connection that ended');
      assert.ok(statuses.every((status) => status === 200 || status === 502), String(statuses));
    });
  }

  await t.test('a connection that the origin closed while idle is not used', async () => {
    const polite = await rawOrigin(t, async (connection) => {
      await connection.readMessage();
      connection.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
      connection.end();
    });
    const other = await startBrink(t, { origin: polite });
    for (let i = 0; i < 5; i++) {
      assert.equal((await other.post('/', 'x')).text, 'ok');
      await until(() => polite.connections.every(({ ended }) => ended), 'brink to close it, too');
    }
  });
});
