// `brink bench`: figures against servers whose behaviour is known, errors by kind, exit codes, JSON.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import https from 'node:https';
import path from 'node:path';
import { test } from 'node:test';

import { executable, runBrink } from './lib/brink.mjs';
import { cleanUp } from './lib/cleanup.mjs';
import { tempDir, writeFiles } from './lib/files.mjs';
import { httpOrigin, rawOrigin, unusedPort } from './lib/origin.mjs';
import { ownProcess } from './lib/proc.mjs';
import { sleep, until } from './lib/wait.mjs';

const limits = { timeout: 120_000 };
const ok = (request, response) => response.end('ok');

/** Runs `brink bench ARGS... --json -`; its figures, exit code and standard error. */
async function bench(args) {
  const { code, stdout, stderr, signal } = await runBrink(['bench', '--json', '-', ...args],
    { timeout_ms: 60_000 });
  let figures;
  try {
    figures = JSON.parse(stdout);
  } catch (error) {
    assert.fail(`no JSON (${error.message}), code ${code}, signal ${signal}:\n${stdout}\n${stderr}`);
  }
  checkFigures(figures);
  return { code, stderr, figures };
}

/** What holds for every run. */
function checkFigures(figures) {
  const { errors } = figures;
  const failures = errors.connect + errors.reset + errors.timeout + errors.protocol + errors.tls;
  if (!figures.interrupted) {
    assert.equal(figures.requests, figures.responses + failures + errors.unsent);
  }
  for (const name of ['latency_us', 'service_us']) {
    const latency = figures[name];
    assert.equal(latency.count, figures.responses);
    assert.equal(latency.histogram.reduce((sum, [, count]) => sum + count, 0), latency.count);
    const order = ['min', 'p50', 'p75', 'p90', 'p95', 'p99', 'p99_9', 'p99_99', 'max'];
    for (let i = 1; i < order.length; ++i) {
      assert.ok(latency[order[i - 1]] <= latency[order[i]], `${order[i - 1]} <= ${order[i]}`);
    }
  }
  const statuses = Object.values(figures.status).reduce((sum, count) => sum + count, 0);
  assert.equal(statuses, figures.responses);
  figures.per_second.forEach((second, index) => assert.equal(second.t, index));
}

test('a closed loop', limits, async (t) => {
  const origin = await httpOrigin(t, ok);
  const { code, figures } = await bench(['-c', '8', '-d', '1500ms', `${origin.url}/a?b=1`]);
  assert.equal(code, 0);
  assert.equal(figures.version, 1);
  assert.match(figures.tool, /^brink-bench \d/);
  assert.equal(figures.url, `${origin.url}/a?b=1`);
  assert.equal(figures.mode, 'closed');
  assert.equal(figures.connections, 8);
  assert.equal(figures.rate, null);
  assert.equal(figures.arrivals, null);
  assert.equal(figures.duration_s, 1.5);
  assert.ok(figures.responses > 50);
  assert.deepEqual(figures.status, { 200: figures.responses });
  assert.ok(figures.bytes_read > 100 * figures.responses * 0.9);
  // Eight are under way when the time is over, at most; and rps is a rounded fraction.
  const inTime = Math.round(figures.rps * figures.duration_s);
  assert.ok(figures.responses - inTime >= 0 && figures.responses - inTime <= 8,
    `${inTime} of ${figures.responses} in time`);
  assert.equal(figures.per_second.length, 2);
  assert.equal(origin.requests[0].url, '/a?b=1');
  assert.equal(origin.requests[0].headers.host, `127.0.0.1:${origin.port}`);
  // One each, and the one that tried whether there is a server.
  assert.ok(origin.connections <= 9, `${origin.connections} connections`);
});

test('text, for people', limits, async (t) => {
  const origin = await httpOrigin(t, ok);
  const { code, stdout } = await runBrink(['bench', '-n', '200', '-c', '2', origin.url]);
  assert.equal(code, 0);
  for (const part of ['closed loop, 2 connections', 'responses  200', '200: 200', 'errors     none',
    'p99.99', '100.00 %']) {
    assert.ok(stdout.includes(part), `${part} is not in:\n${stdout}`);
  }
  assert.ok(!stdout.includes('\x1b'), 'no escapes where there is no terminal');
});

test('--requests-total sends exactly so many, over several threads as well', limits, async (t) => {
  const origin = await httpOrigin(t, ok);
  for (const threads of ['1', '3']) {
    origin.requests.length = 0;
    const { code, figures } = await bench(['-n', '500', '-c', '7', '-t', threads, origin.url]);
    assert.equal(code, 0);
    assert.equal(figures.responses, 500);
    assert.equal(origin.requests.length, 500);
  }
});

test('the warm-up is not counted', limits, async (t) => {
  const origin = await httpOrigin(t, ok);
  const { figures } = await bench(['-R', '200', '--warmup', '1s', '-d', '1s', origin.url]);
  assert.equal(figures.warmup_s, 1);
  assert.ok(origin.requests.length > figures.responses + 100);
});

test('an open loop counts from when requests were due', limits, async (t) => {
  // Stands still once, for 600 ms: a closed loop of one connection would see one slow answer.
  let stopAt = 0;
  const origin = await httpOrigin(t, (request, response) => {
    stopAt ||= Date.now() + 500;
    if (stopAt !== Infinity && Date.now() >= stopAt) {
      stopAt = Infinity;
      const end = Date.now() + 600;
      while (Date.now() < end);
    }
    response.end('ok');
  });
  const { code, figures } = await bench(
    ['-R', '100', '--arrivals', 'constant', '-c', '1', '-d', '2s', origin.url]);
  assert.equal(code, 0);
  assert.equal(figures.mode, 'open');
  assert.equal(figures.rate, 100);
  assert.equal(figures.arrivals, 'constant');
  assert.equal(figures.requests, 200);
  const slow = (latency) => latency.histogram.filter(([us]) => us > 100_000)
    .reduce((sum, [, count]) => sum + count, 0);
  // Half of the 60 that were due while it stood still waited for more than 300 ms, but one was sent.
  assert.ok(slow(figures.latency_us) >= 30, `${slow(figures.latency_us)} slow from due`);
  assert.ok(slow(figures.service_us) < slow(figures.latency_us) / 2,
    `${slow(figures.service_us)} slow from sent`);
  assert.ok(figures.generator.longest_queue >= 30, `queue of ${figures.generator.longest_queue}`);
});

test('what was due and never sent is an error', limits, async (t) => {
  const origin = await httpOrigin(t, (request, response) => {
    setTimeout(() => response.end('ok'), 200);
  });
  const { code, figures } = await bench(
    ['-R', '100', '-c', '1', '-d', '1s', '--timeout', '500ms', origin.url]);
  assert.equal(code, 1);
  assert.ok(figures.errors.unsent > 50);
});

test('bodies, methods, headers', limits, async (t) => {
  const origin = await httpOrigin(t);
  const file = path.join(writeFiles(tempDir(t), { body: 'x'.repeat(300_000) }), 'body');
  const post = await bench(['-n', '3', '-c', '1', '-H', 'X-A: 1', '-H', 'host: shop.example',
    '--data', 'a=b', origin.url]);
  assert.equal(post.code, 0);
  const [request] = origin.requests;
  assert.equal(request.method, 'POST');
  assert.equal(request.headers['x-a'], '1');
  assert.equal(request.headers.host, 'shop.example');
  assert.equal(request.headers['content-length'], '3');
  origin.requests.length = 0;
  const put = await bench(['-n', '2', '-c', '1', '-m', 'PUT', '--data-file', file, origin.url]);
  assert.equal(put.code, 0);
  assert.ok(put.figures.bytes_read > 600_000, 'the origin echoes the body');
  assert.equal(origin.requests[0].method, 'PUT');
  origin.requests.length = 0;
  const head = await bench(['-n', '5', '-c', '1', '-m', 'HEAD', origin.url]);
  assert.equal(head.code, 0);
  assert.equal(origin.requests[0].method, 'HEAD');
});

test('a mix of requests from a file', limits, async (t) => {
  const origin = await httpOrigin(t, (request, response) => {
    response.statusCode = request.url === '/missing' ? 404 : 200;
    response.end('ok');
  });
  const lines = ['{"path":"/a","weight":8}', '{"method":"DELETE","path":"/missing","expect":404}',
    '{"path":"/c","headers":{"x-c":"3"},"body":{"c":3}}'];
  const dir = writeFiles(tempDir(t), { 'mix.jsonl': lines.join('\n'), 'mix.json': `[${lines}]` });
  for (const file of ['mix.jsonl', 'mix.json']) {
    origin.requests.length = 0;
    const { code, figures } = await bench(
      ['-n', '1000', '-c', '4', '--requests', path.join(dir, file), origin.url]);
    assert.equal(code, 0);
    assert.equal(figures.errors.status, 0);
    const of = (url) => origin.requests.filter((request) => request.url === url);
    assert.ok(of('/a').length > 700 && of('/a').length < 900, `${of('/a').length} of /a`);
    assert.ok(of('/missing').every((request) => request.method === 'DELETE'));
    assert.ok(of('/c').every((request) => request.method === 'POST' && request.headers['x-c'] === '3'));
  }
});

test('a status that is not expected', limits, async (t) => {
  let count = 0;
  const origin = await httpOrigin(t, (request, response) => {
    response.statusCode = ++count % 4 === 0 ? 503 : 200;
    response.end();
  });
  const { code, figures } = await bench(['-n', '100', '-c', '1', origin.url]);
  assert.equal(code, 1);
  assert.deepEqual(figures.status, { 200: 75, 503: 25 });
  assert.equal(figures.errors.status, 25);
  const expecting = await bench(['-n', '4', '-c', '1', '--expect', '503', origin.url]);
  assert.equal(expecting.figures.errors.status, 3);
});

test('--no-keepalive, and a server that closes each connection', limits, async (t) => {
  const origin = await httpOrigin(t, ok);
  const without = await bench(['-n', '50', '-c', '4', '--no-keepalive', origin.url]);
  assert.equal(without.code, 0);
  assert.equal(origin.requests[0].headers.connection, 'close');
  assert.ok(origin.connections >= 50);
  const closing = await httpOrigin(t, (request, response) => {
    response.setHeader('connection', 'close');
    response.end('ok');
  });
  for (const rate of [[], ['-R', '500']]) {
    const { code, figures } = await bench(['-n', '50', '-c', '4', ...rate, closing.url]);
    assert.equal(code, 0);
    assert.equal(figures.responses, 50);
  }
});

test('a body that the end of the connection ends', limits, async (t) => {
  const origin = await rawOrigin(t, async (connection) => {
    await connection.readUntil('\r\n\r\n');
    connection.write('HTTP/1.0 200 OK\r\n\r\nhello');
    connection.end();
  });
  const { code, figures } = await bench(['-n', '10', '-c', '2', origin.url]);
  assert.equal(code, 0);
  assert.equal(figures.responses, 10);
});

test('errors by kind', limits, async (t) => {
  const kinds = {
    reset: (connection) => connection.destroy(),
    protocol: (connection) => connection.write('SSH-2.0-OpenSSH\r\n'),
    timeout: () => sleep(10_000, undefined, { ref: false }),
  };
  for (const [kind, answer] of Object.entries(kinds)) {
    await t.test(kind, async (t) => {
      const origin = await rawOrigin(t, async (connection) => {
        await connection.readUntil('\r\n\r\n');
        await answer(connection);
      });
      const { code, figures } = await bench(
        ['-n', '6', '-c', '2', '--timeout', '300ms', origin.url]);
      assert.equal(code, 1);
      assert.equal(figures.responses, 0);
      assert.equal(figures.errors[kind], 6, JSON.stringify(figures.errors));
      assert.equal(typeof figures.first_errors[kind], 'string');
    });
  }
  await t.test('a server that closes whatever it accepts', async (t) => {
    const origin = await rawOrigin(t, (connection) => connection.destroy());
    const { code, figures } = await bench(['-n', '600', '-c', '400', origin.url]);
    assert.equal(code, 1);
    assert.equal(figures.errors.reset, 600, JSON.stringify(figures.errors));
  });
  await t.test('half an answer is a reset', async (t) => {
    const origin = await rawOrigin(t, async (connection) => {
      await connection.readUntil('\r\n\r\n');
      connection.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello');
      connection.end();
    });
    const { code, figures } = await bench(['-n', '4', '-c', '1', origin.url]);
    assert.equal(code, 1);
    assert.equal(figures.errors.reset, 4);
  });
});

test('a server that is not there', limits, async () => {
  const url = `http://127.0.0.1:${await unusedPort()}/`;
  const { code, figures, stderr } = await bench(['-d', '1s', url]);
  assert.equal(code, 3);
  assert.equal(figures.responses, 0);
  assert.ok(figures.errors.connect > 0);
  assert.equal(figures.requests, figures.errors.connect);
  assert.match(stderr, /BRINK_ORIGIN_UNREACHABLE.*refused/);
  const unknown = await bench(['-d', '1s', 'http://no-such-host.invalid/']);
  assert.equal(unknown.code, 3);
  assert.equal(unknown.figures.requests, 1);
});

for (const loop of [[], ['-R', '1000']]) {
  test(`a server that goes away for good ends a run of -n ${loop.join(' ')}`, limits, async (t) => {
    const origin = await httpOrigin(t, ok);
    const running = bench(['-n', '100000000', '-c', '4', '--timeout', '500ms', ...loop, origin.url]);
    await until(() => origin.requests.length > 100, 'some requests');
    await origin.close();
    const { code, figures } = await running; // checkFigures() looks at the sums
    assert.equal(code, 1);
    assert.ok(figures.requests < 100_000_000);
    assert.ok(figures.errors.connect > 0);
    assert.equal(figures.interrupted, false);
  });
}

test('what makes no sense is said before the run', limits, async (t) => {
  const origin = await httpOrigin(t, ok);
  const noFile = path.join(tempDir(t), 'no/such/folder/out.json');
  for (const [args, message] of [
    [['-R', 'nan'], /--rate/], [['-R', 'inf'], /--rate/], [['-m', ''], /--method.*empty/],
    [['--json', noFile], /out\.json cannot be written: No such file/],
  ]) {
    const { code, stderr } = await runBrink(['bench', '-n', '10', ...args, origin.url]);
    assert.equal(code, 2, `${args}: ${stderr}`);
    assert.match(stderr, message);
  }
  assert.equal(origin.requests.length, 0);
});

test('a server that goes away meanwhile', limits, async (t) => {
  const origin = await httpOrigin(t, ok);
  const running = bench(['-R', '50', '-c', '2', '-d', '2s', origin.url]);
  await until(() => origin.requests.length > 10, 'some requests');
  origin.server.close();
  origin.server.closeAllConnections();
  const { code, figures } = await running;
  assert.equal(code, 1);
  assert.ok(figures.responses > 0);
  assert.ok(figures.errors.connect > 0);
});

test('TLS', limits, async (t) => {
  const dir = tempDir(t);
  const file = (name) => path.join(dir, name);
  const made = spawnSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt',
    'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', '/CN=localhost', '-addext',
    'subjectAltName=DNS:localhost', '-keyout', file('key.pem'), '-out', file('cert.pem')]);
  assert.equal(made.status, 0, `openssl: ${made.error ?? made.stderr}`);
  const seen = { names: new Set(), resumed: 0, connections: 0, protocols: new Set() };
  const server = https.createServer({ key: readFileSync(file('key.pem')),
    cert: readFileSync(file('cert.pem')), ALPNProtocols: ['http/1.1'] }, (request, response) => {
    response.end('x'.repeat(request.url === '/big' ? 200_000 : 10));
  });
  server.on('secureConnection', (socket) => {
    seen.connections += 1;
    seen.resumed += socket.isSessionReused() ? 1 : 0;
    seen.names.add(socket.servername);
    seen.protocols.add(socket.alpnProtocol);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanUp(t, () => new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  }));
  const url = `https://localhost:${server.address().port}`;

  await t.test('a certificate that nobody vouches for', async () => {
    const { code, figures, stderr } = await bench(['-d', '1s', '-c', '2', url]);
    assert.equal(code, 3);
    assert.ok(figures.errors.tls > 0);
    assert.match(stderr, /self-signed certificate/);
  });
  for (const trust of [['--insecure'], ['--cacert', file('cert.pem')]]) {
    await t.test(trust[0], async () => {
      const { code, figures } = await bench(['-n', '60', '-c', '3', ...trust, `${url}/big`]);
      assert.equal(code, 0);
      assert.equal(figures.responses, 60);
      assert.ok(figures.bytes_read > 60 * 200_000);
    });
  }
  await t.test('the name of the certificate counts', async () => {
    const other = url.replace('localhost', '127.0.0.1');
    const { code, stderr } = await bench(['-n', '1', '-c', '1', '--cacert', file('cert.pem'), other]);
    assert.equal(code, 3);
    assert.match(stderr, /certificate is not accepted/);
  });
  await t.test('name and protocol are offered', () => {
    assert.ok(seen.names.has('localhost'));
    assert.deepEqual([...seen.protocols], ['http/1.1']);
  });
  await t.test('new connections resume the session', async () => {
    seen.resumed = seen.connections = 0;
    const { code } = await bench(['-n', '20', '-c', '1', '--no-keepalive', '-k', url]);
    assert.equal(code, 0);
    assert.ok(seen.resumed >= seen.connections - 2, `${seen.resumed} of ${seen.connections}`);
  });
  await t.test('a large request', async () => {
    writeFiles(dir, { body: 'x'.repeat(500_000) });
    const { code } = await bench(['-n', '5', '-c', '1', '-k', '--data-file', file('body'), url]);
    assert.equal(code, 0);
  });
});

test('a server that does not speak TLS', limits, async (t) => {
  const origin = await httpOrigin(t, ok);
  const { code, figures } = await bench(['-n', '1', '-c', '1', origin.url.replace('http', 'https')]);
  assert.equal(code, 3);
  assert.ok(figures.errors.tls > 0);
});

test('thousands of connections', limits, async (t) => {
  const origin = await httpOrigin(t, ok);
  const { code, figures } = await bench(['-n', '4000', '-c', '2000', '--timeout', '60s', origin.url]);
  assert.equal(code, 0);
  assert.equal(figures.responses, 4000);
  assert.ok(origin.connections >= 2000);
});

test('Ctrl-C prints what there is', limits, async (t) => {
  const origin = await httpOrigin(t, ok);
  for (const threads of ['1', '2']) {
    origin.requests.length = 0;
    const child = ownProcess(spawn(executable,
      ['bench', '-c', '4', '-t', threads, '-d', '1h', '--json', '-', origin.url],
      { stdio: ['ignore', 'pipe', 'inherit'] }));
    let stdout = '';
    child.stdout.on('data', (bytes) => { stdout += bytes; });
    await until(() => origin.requests.length > 100, 'some requests');
    child.kill('SIGINT');
    const [code] = await once(child, 'close');
    assert.equal(code, 0);
    const figures = JSON.parse(stdout);
    checkFigures(figures);
    assert.equal(figures.interrupted, true);
    assert.ok(figures.responses > 50);
    assert.ok(figures.duration_s < 600);
  }
});

test('a progress line a second, on demand', limits, async (t) => {
  const origin = await httpOrigin(t, ok);
  const { stderr } = await runBrink(
    ['bench', '--progress', '-c', '2', '-d', '2500ms', origin.url]);
  assert.match(stderr, /^\d+\/2 s {2}\d+ responses\/s.* 0 errors$/m);
  const silent = await runBrink(['bench', '-n', '1', '-c', '1', origin.url]);
  assert.equal(silent.stderr, '');
});

test('--json FILE, beside the text', limits, async (t) => {
  const origin = await httpOrigin(t, ok);
  const file = path.join(tempDir(t), 'out.json');
  const { code, stdout } = await runBrink(['bench', '-n', '10', '-c', '1', '--json', file, origin.url]);
  assert.equal(code, 0);
  assert.match(stdout, /responses {2}10/);
  checkFigures(JSON.parse(readFileSync(file, 'utf8')));
});

test('a command line that is wrong', limits, async (t) => {
  const dir = writeFiles(tempDir(t), { 'mix.jsonl': '{}\n{"pth":1}\n' });
  const url = 'http://127.0.0.1:1/';
  const cases = [[[], /URL/], [['--frob', url], /--frob/], [['ftp://x/'], /ftp/], [['-c', '0', url], /-c|connections/],
    [['-d', 'soon', url], /duration/], [['-H', 'no colon', url], /Name: value/],
    [['-H', 'Content-Length: 1', url], /Content-Length/], [['-t', '9', '-c', '3', url], /threads/],
    [[url, 'http://127.0.0.1:2/'], /one server/], [['--data-file', path.join(dir, 'none'), url], /none/],
    [['--requests', path.join(dir, 'mix.jsonl'), url], /mix\.jsonl:2: .*pth/],
    [['--cacert', path.join(dir, 'mix.jsonl'), 'https://127.0.0.1:1/'], /mix\.jsonl|takes no connection/]];
  for (const [args, message] of cases) {
    const { code, stderr, stdout } = await runBrink(['bench', ...args]);
    assert.ok(code === 2 || (code === 3 && args[0] === '--cacert'), `${args}: code ${code}`);
    assert.match(stderr, message);
    if (code === 2) assert.equal(stdout, '');
  }
});

test('--help and --version', limits, async () => {
  const { code, stdout } = await runBrink(['bench', '--help']);
  assert.equal(code, 0);
  for (const word of ['--rate', '--duration', '--requests', '--insecure', 'Exit codes', 'brink bench']) {
    assert.ok(stdout.includes(word), word);
  }
  assert.match((await runBrink(['bench', '--version'])).stdout, /^brink-bench \d/);
  assert.match((await runBrink(['--help'])).stdout, /bench/);
  assert.ok(existsSync(path.join(path.dirname(executable), 'brink-bench')));
});
