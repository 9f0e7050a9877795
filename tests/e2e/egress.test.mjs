// What a script's fetch() and rewrite may reach: nothing on this machine but the origin, however it is
// written, redirected to, or named. A trap counts the connections that were made all the same.
import assert from 'node:assert/strict';
import net from 'node:net';
import { once } from 'node:events';
import { test } from 'node:test';

import { runBrink, startBrink } from './lib/brink.mjs';
import { cleanUp } from './lib/cleanup.mjs';
import { tempDir, writeFiles } from './lib/files.mjs';
import { errorCode } from './lib/http.mjs';
import { httpOrigin } from './lib/origin.mjs';

const limits = { timeout: 120_000 };

/** Listens on one port of 127.0.0.1 and, where there is one, ::1; counts who connects and answers. */
async function trap(t) {
  const trapped = { connections: 0 };
  const listen = async (host, port) => {
    const server = net.createServer((socket) => {
      trapped.connections += 1;
      socket.on('error', () => {});
      socket.once('data', () => socket.end(
        'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 6\r\n\r\nsecret'));
    });
    server.listen(port, host);
    await once(server, 'listening');
    cleanUp(t, () => new Promise((resolve) => { server.close(resolve); }));
    return server.address().port;
  };
  trapped.port = await listen('127.0.0.1', 0);
  await listen('::1', trapped.port).catch(() => {});
  return trapped;
}

const files = {
  'middleware.js': `import { NextResponse } from 'next/server';
    export const config = { matcher: '/rewrite' };
    export default (request) => NextResponse.rewrite(request.nextUrl.searchParams.get('to'));`,
  'pages/api/look.js': `export default async (request) => {
    const { to, method = 'GET', body, headers } = await request.json();
    try {
      const answer = await fetch(to, { method, body, headers });
      return Response.json({ status: answer.status, text: await answer.text() });
    } catch (error) {
      return Response.json({ name: error.name, code: error.cause?.code ?? null,
        message: error.message, cause: error.cause?.message });
    }
  };`,
};

// PORT is the trap's. All of these are this machine, or nothing that has a server.
const forms = `
  127.0.0.1 127.0.0.1. 127.1 127.0.1 127.00000.0.0001 2130706433 2130706433. 0x7f000001 0x7f.1 0x7f.0.0.1
  0X7F.0X0.0X0.0X1 017700000001 0177.1 0177.0.0.01 00000177.0x0.0.1 127.0x1 %31%32%37.0.0.1 127%2e0%2E0%2e1
  1%327.1 １２７.0.0.1 127。0。0。1 127．0．0．1 ①②⑦.⓪.⓪.① user:pass@127.0.0.1 example.com@127.1
  8.8.8.8@2130706433 127.0.0.2 127.255.255.254 0 0.0.0.0 0x0 0.0 localhost LOCALHOST loc%61lhost
  ｌｏｃａｌｈｏｓｔ [::1] [0:0:0:0:0:0:0:1] [0::0.0.0.1] [::] [::ffff:127.0.0.1] [::ffff:7f00:1]
  [0:0:0:0:0:FFFF:127.0.0.1] [::ffff:0.0.0.0] [::127.0.0.1] [::ffff:0:127.0.0.1] [64:ff9b::127.0.0.1]
  [64:ff9b:1::127.0.0.1] [2002:7f00:1::] [2001::80ff:fffe] [::ffff:10.0.0.1] [64:ff9b::a9fe:a9fe]
  [2002:c0a8:1::] 10.0.0.1 012.0.0.1 172.16.0.1 192.168.0.1 192.168.257 100.64.0.1 169.254.169.254 2852039166
  0xa9fea9fe 224.0.0.1 255.255.255.255 240.0.0.1 198.18.0.1 192.0.2.1 [fe80::1] [fc00::1] [fd00:ec2::254]
  [fec0::1] [ff02::1] [100::1] [2001:db8::1] [4000::1]`.trim().split(/\s+/);
const noHosts = ['[::1%25lo]', '[fe80::1%25eth0]', '127.0.0.256', '127.0.0.0.1', '127.0.0.1%00',
  '0x100000000', '%2Fvar%2Frun%2Fx.sock'];

test('no form of an address reaches this machine', limits, async (t) => {
  const trapped = await trap(t);
  const origin = await httpOrigin(t);
  const brink = await startBrink(t, {
    origin, files, config: { limits: { cpu_ms: 2_000 } },
  });
  const look = async (to) => (await brink.post('/api/look', JSON.stringify({ to }))).json();
  const rewrite = (to) => brink.get(`/rewrite?to=${encodeURIComponent(to)}`);

  await t.test('through fetch()', async () => {
    for (const form of forms) {
      const seen = await look(`http://${form}:${trapped.port}/`);
      // The Request constructor takes no credentials.
      const code = form.includes('@') ? null : 'BRINK_FETCH_FORBIDDEN';
      assert.deepEqual([seen.name, seen.code], ['TypeError', code], form);
    }
    for (const form of noHosts) {
      const seen = await look(`http://${form}:${trapped.port}/`);
      assert.match(seen.message, /^URL is malformed/, form);
    }
    assert.equal(trapped.connections, 0);
  });

  await t.test('through a rewrite', async () => {
    for (const form of forms) {
      const response = await rewrite(`http://${form}:${trapped.port}/`);
      assert.deepEqual([response.status, errorCode(response)], [403, 'BRINK_FETCH_FORBIDDEN'], form);
    }
    for (const form of noHosts) {
      assert.ok((await rewrite(`http://${form}:${trapped.port}/`)).status >= 500, form);
    }
    assert.equal(trapped.connections, 0);
  });

  await t.test('names of 300 characters', async () => {
    for (const host of [`0x${'0'.repeat(249)}7f000001`, `0x${'0'.repeat(300)}7f000001`]) {
      assert.equal((await look(`http://${host}:${trapped.port}/`)).code, 'BRINK_FETCH_FORBIDDEN');
    }
    for (const host of ['a'.repeat(300), `127.0.0.1.${'a'.repeat(300)}`]) {
      const seen = await look(`http://${host}:${trapped.port}/`);
      assert.equal(seen.name, 'TypeError', JSON.stringify(seen));
    }
    assert.equal(trapped.connections, 0);
  });

  await t.test('a name with a dot at its end, if the resolver knows it', async () => {
    const { code } = await look(`http://localhost.:${trapped.port}/`);
    assert.ok(['BRINK_FETCH_FORBIDDEN', 'BRINK_ORIGIN_UNREACHABLE'].includes(code), code);
    assert.equal(trapped.connections, 0);
  });

  await t.test('ports that no HTTP server has, even of the machine that may be reached', async () => {
    for (const port of [1, 22, 25, 6000, 6667]) {
      assert.equal((await look(`http://1.1.1.1:${port}/`)).code, 'BRINK_FETCH_FORBIDDEN', port);
    }
  });

  await t.test('the message says what would allow it', async () => {
    const seen = await look(`http://localhost:${trapped.port}/`);
    const told = `${seen.message} ${seen.cause}`;
    for (const part of [`localhost:${trapped.port}`, /\(127\.0\.0\.1|\(::1/, 'loopback', 'egress.allow']) {
      assert.match(told, part instanceof RegExp ? part : new RegExp(part.replaceAll('.', '\\.')));
    }
  });

  t.diagnostic(`${forms.length + noHosts.length} address forms, each through fetch() and a rewrite: `
    + `${trapped.connections} connections made`);
});

test('tricks with redirects, names and kept connections', limits, async (t) => {
  const trapped = await trap(t);
  const seen = [];
  const origin = await httpOrigin(t, (request, response) => {
    seen.push({ url: request.url, headers: request.headers });
    const { searchParams, pathname } = new URL(request.url, 'http://origin');
    if (pathname !== '/redirect') return void response.end(`origin ${request.url}`);
    response.writeHead(Number(searchParams.get('status') ?? 302), {
      location: searchParams.get('to'), 'content-length': 0,
    }).end();
  });
  const brink = await startBrink(t, {
    origin, files, config: { limits: { cpu_ms: 2_000 } },
  });
  const look = async (to, options) =>
    (await brink.post('/api/look', JSON.stringify({ to, ...options }))).json();
  const via = (to, status = 302) =>
    `${origin.url}/redirect?status=${status}&to=${encodeURIComponent(to)}`;
  const port = trapped.port;
  const goal = `http://127.0.0.1:${port}/`;

  const tricks = {
    'a redirect to loopback': [via(goal)],
    'a redirect to the decimal form': [via(`http://2130706433:${port}/`)],
    'a redirect to the IPv4-mapped form': [via(`http://[::ffff:127.0.0.1]:${port}/`)],
    'a redirect without a scheme': [via(`//127.0.0.1:${port}/`)],
    'a redirect with backslashes': [via(`\\\\127.0.0.1:${port}\\`)],
    'a redirect with 307 and a body': [via(goal, 307), { method: 'POST', body: 'the body' }],
    'a redirect with 308 and a body': [via(goal, 308), { method: 'PUT', body: 'the body' }],
    'a redirect with 303 that becomes a GET': [via(goal, 303), { method: 'POST', body: 'x' }],
    'two redirects, the last one to loopback': [via(via(goal))],
    'a redirect to a name that is loopback': [via(`http://localhost:${port}/`)],
    'the origin\'s address on another port': [goal],
    'the origin\'s port at another name': [`http://localhost:${origin.port}/`],
    'the origin\'s port at another form': [`http://[::ffff:127.0.0.1]:${origin.port}/`],
    'a redirect to the origin\'s port at another name': [via(`http://localhost:${origin.port}/`)],
  };
  for (const [name, [to, options]] of Object.entries(tricks)) {
    await t.test(name, async () => {
      const before = seen.length;
      const result = await look(to, options);
      assert.deepEqual([result.name, result.code], ['TypeError', 'BRINK_FETCH_FORBIDDEN']);
      assert.equal(trapped.connections, 0);
      // Only the redirects themselves came to the origin.
      assert.ok(seen.slice(before).every(({ url }) => url.startsWith('/redirect')));
    });
  }

  await t.test('a rewrite whose target redirects leaves that to the client', async () => {
    const response = await brink.get(`/rewrite?to=${encodeURIComponent(via(goal))}`);
    assert.deepEqual([response.status, response.headers.location], [302, goal]);
    assert.equal(trapped.connections, 0);
  });

  await t.test('the origin is reached, also by a redirect to itself, over kept connections', async () => {
    const before = origin.connections;
    assert.equal((await look(`${origin.url}/a`)).text, 'origin /a');
    assert.equal((await look(via(`${origin.url}/b`))).text, 'origin /b');
    assert.equal((await look(via(via('/c')))).text, 'origin /c');
    assert.equal((await brink.get(`/rewrite?to=${encodeURIComponent(`${origin.url}/d`)}`)).text, 'origin /d');
    assert.equal((await brink.get('/page')).text, 'origin /page');
    assert.equal(origin.connections, before);
  });

  const count = Object.keys(tricks).length + 1;
  t.diagnostic(`${count} tricks: ${trapped.connections} connections made`);
});

test('what the configuration allows', limits, async (t) => {
  const trapped = await trap(t);
  const { port } = trapped;
  const app = async (t, egress, origin) => {
    const brink = await startBrink(t, { origin, files, config: { egress, limits: { cpu_ms: 2_000 } } });
    return async (to, options) =>
      (await brink.post('/api/look', JSON.stringify({ to, ...options }))).json();
  };
  // The forms above are refused by the policy, not by a trap that cannot be reached.
  await t.test('the same forms reach it then', async (t) => {
    const look = await app(t, { allow: ['127.0.0.0/8'] });
    for (const form of ['127.0.0.1', '2130706433', '0x7f.1', '127.1', '１２７.0.0.1', '[::ffff:7f00:1]']) {
      assert.equal((await look(`http://${form}:${port}/`)).text, 'secret', form);
    }
    assert.equal((await look(`http://10.0.0.1:${port}/`)).code, 'BRINK_FETCH_FORBIDDEN');
  });
  await t.test('by name and port', async (t) => {
    const look = await app(t, { allow: [`localhost:${port}`] });
    assert.equal((await look(`http://localhost:${port}/`)).text, 'secret');
    assert.equal((await look(`http://127.0.0.1:${port}/`)).code, 'BRINK_FETCH_FORBIDDEN');
    assert.equal((await look(`http://localhost:${port + 1}/`)).code, 'BRINK_FETCH_FORBIDDEN');
  });
  await t.test('allow_private, and deny wins', async (t) => {
    const look = await app(t, { allow_private: true, deny: ['localhost'] });
    assert.equal((await look(`http://127.0.0.1:${port}/`)).text, 'secret');
    assert.equal((await look(`http://localhost:${port}/`)).code, 'BRINK_FETCH_FORBIDDEN');
    assert.equal((await look(`http://169.254.169.254:${port}/`)).code, 'BRINK_FETCH_FORBIDDEN');
  });

  await t.test('credentials do not go to another origin with a redirect', async (t) => {
    const received = await httpOrigin(t, (request, response) => response.end(JSON.stringify(request.headers)));
    const origin = await httpOrigin(t, (request, response) => response.writeHead(302, {
      location: request.url === '/same' ? '/there' : received.url,
    }).end());
    const look = await app(t, { allow: ['127.0.0.1'] }, origin);
    const headers = { authorization: 'Bearer t', cookie: 'a=1', 'proxy-authorization': 'x', 'x-kept': 'yes' };
    const got = JSON.parse((await look(origin.url, { headers })).text);
    assert.deepEqual([got.authorization, got.cookie, got['proxy-authorization'], got['x-kept']],
      [undefined, undefined, undefined, 'yes']);
    await look(`${origin.url}/same`, { headers });
    assert.deepEqual(origin.requests.map((request) => request.headers.authorization).slice(0, 2),
      ['Bearer t', 'Bearer t']);
  });

  await t.test('check prints it in one line', async (t) => {
    const dir = writeFiles(tempDir(t), {
      ...files, 'brink.json': { origin: 'http://127.0.0.1:3000', egress: { allow: ['a.internal:80'], deny: ['10.0.0.0/8'] } },
    });
    const { stdout } = await runBrink(['check', dir]);
    assert.match(stdout, /^egress +the origin; public addresses; also a\.internal:80; never 10\.0\.0\.0\/8$/m);
  });
});
