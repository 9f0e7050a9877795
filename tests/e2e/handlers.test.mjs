// Edge handlers: which file serves which path, what they get, and the ways they can answer.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { startBrink } from './lib/brink.mjs';
import { errorCode } from './lib/http.mjs';
import { httpOrigin } from './lib/origin.mjs';
import { RawConnection } from './lib/raw.mjs';
import { until } from './lib/wait.mjs';

const limits = { timeout: 60_000 };

const report = (name) => `export default (request, event) => Response.json({
  file: ${JSON.stringify(name)}, params: event.params,
  query: Object.fromEntries([...request.nextUrl.searchParams.keys()].map(
    (key) => [key, request.nextUrl.searchParams.getAll(key)])),
});`;
const routes = ['pages/api/index.js', 'pages/api/users/index.js', 'pages/api/users/me.js',
  'pages/api/users/[id].js', 'pages/api/users/[id]/posts/[post].js', 'pages/api/files/[...path].js',
  'pages/api/maybe/[[...rest]].js', 'pages/api/plain.mjs'];

test('routes', limits, async (t) => {
  const origin = await httpOrigin(t, (request, response) => response.end('origin'));
  const brink = await startBrink(t, {
    origin, files: Object.fromEntries(routes.map((name) => [name, report(name)])),
  });
  const cases = {
    '/api': ['pages/api/index.js'],
    '/api/plain': ['pages/api/plain.mjs'],
    '/api/users': ['pages/api/users/index.js'],
    '/api/users/me': ['pages/api/users/me.js'],
    '/api/users/7': ['pages/api/users/[id].js', { id: '7' }],
    '/api/users/a%20b%2Fc': ['pages/api/users/[id].js', { id: 'a b/c' }],
    '/api/users/7/posts/9': ['pages/api/users/[id]/posts/[post].js', { id: '7', post: '9' }],
    '/api/files/a/b/c.txt': ['pages/api/files/[...path].js', { path: ['a', 'b', 'c.txt'] }],
    '/api/maybe': ['pages/api/maybe/[[...rest]].js', {}],
    '/api/maybe/1/2': ['pages/api/maybe/[[...rest]].js', { rest: ['1', '2'] }],
  };
  for (const [path, [file, params = {}]] of Object.entries(cases)) {
    await t.test(`${path} is ${file}'s`, async () => {
      const seen = (await brink.get(path)).json();
      assert.equal(seen.file, file);
      assert.deepEqual(seen.params, params);
      for (const [name, value] of Object.entries(params)) {
        assert.deepEqual(seen.query[name], [value].flat());
      }
    });
  }

  await t.test('the query of the client stays, beside the parameters', async () => {
    const { query } = (await brink.get('/api/users/7?x=1&x=2')).json();
    assert.deepEqual(query, { id: ['7'], x: ['1', '2'] });
  });

  await t.test('paths without a handler are the origin\'s', async () => {
    for (const path of ['/', '/api/files', '/api/users/7/posts', '/other', '/pages/api/plain.mjs']) {
      assert.equal((await brink.get(path)).text, 'origin', path);
    }
  });

  await t.test('a parameter that is not UTF-8', async () => {
    const response = await brink.get('/api/users/%ff');
    assert.equal(response.status, 400);
    assert.equal(errorCode(response), 'BRINK_BAD_REQUEST');
  });

  await t.test('handlers below src/', async (t) => {
    const other = await startBrink(t, { files: { 'src/pages/api/hi.js': report('src') } });
    assert.equal((await other.get('/api/hi')).json().file, 'src');
  });
});

const handlers = {
  'pages/api/methods.js': `export default (request) => request.method === 'DELETE'
    ? new Response(null, { status: 204 })
    : new Response(request.method + ':' + (request.headers.get('x-in') ?? ''),
      { status: 200, headers: { 'x-out': 'o', 'set-cookie': 'a=1' } });`,
  'pages/api/body.js': `export default async (request) => {
    const kind = request.nextUrl.searchParams.get('as');
    if (kind === 'form') {
      const form = await request.formData();
      const entries = [];
      for (const [name, value] of form) {
        entries.push([name, typeof value === 'string' ? value
          : { name: value.name, type: value.type, size: value.size, text: await value.text() }]);
      }
      return Response.json(entries);
    }
    if (kind === 'bytes') return new Response(await request.arrayBuffer());
    if (kind === 'blob') return Response.json({ size: (await request.blob()).size });
    const value = await request[kind]();
    return Response.json({ value, used: request.bodyUsed });
  };`,
  'pages/api/stream.js': `export default (request) => {
    const encoder = new TextEncoder();
    let count = 0;
    return new Response(new ReadableStream({
      async pull(controller) {
        count += 1;
        if (count > 5) return controller.close();
        await new Promise((resolve) => setTimeout(resolve, 20));
        controller.enqueue(encoder.encode('piece ' + count + '\\n'));
      },
    }), { headers: { 'content-type': 'text/plain' } });
  };`,
  'pages/api/broken-stream.js': `export default () => {
    let count = 0;
    return new Response(new ReadableStream({
      pull(controller) {
        count += 1;
        if (count === 3) throw new Error('the stream broke');
        controller.enqueue(new TextEncoder().encode('part,'));
      },
    }));
  };`,
  'pages/api/endless.js': `let state = 'never started';
    export default (request) => {
      if (request.nextUrl.searchParams.has('state')) return new Response(state);
      state = 'running';
      request.signal.addEventListener('abort', () => { state = 'aborted: ' + request.signal.reason.name; });
      return new Response(new ReadableStream({
        async pull(controller) {
          await new Promise((resolve) => setTimeout(resolve, 10));
          controller.enqueue(new TextEncoder().encode('tick\\n'));
        },
        cancel() { state += ', cancelled'; },
      }));
    };`,
  'pages/api/transform.js': `export default (request) => new Response(
    request.body.pipeThrough(new TextDecoderStream()).pipeThrough(new TransformStream({
      transform(piece, controller) { controller.enqueue(piece.toUpperCase()); },
    })).pipeThrough(new TextEncoderStream()));`,
  'pages/api/large.js': `export default (request) =>
    new Response('x'.repeat(Number(request.nextUrl.searchParams.get('n'))));`,
  'pages/api/waits.js': `export default async (request) => {
    await new Promise((resolve) => setTimeout(resolve, 100));
    return new Response('waited');
  };`,
};

test('what handlers get and give', limits, async (t) => {
  const brink = await startBrink(t, { files: handlers, config: { limits: { cpu_ms: 1_000 } } });

  await t.test('methods', async () => {
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'OPTIONS']) {
      const response = await brink.get('/api/methods', { method, headers: { 'x-in': 'i' } });
      assert.equal(response.text, `${method}:i`);
      assert.equal(response.headers['x-out'], 'o');
    }
    assert.equal((await brink.get('/api/methods', { method: 'DELETE' })).status, 204);
    const head = await brink.get('/api/methods', { method: 'HEAD' });
    assert.equal(head.status, 200);
    assert.equal(head.body.length, 0);
    assert.equal(head.headers['x-out'], 'o');
  });

  await t.test('bodies as text, JSON, bytes and blob', async () => {
    assert.deepEqual((await brink.post('/api/body?as=text', 'grün')).json(), { value: 'grün', used: true });
    assert.deepEqual((await brink.post('/api/body?as=json', '{"a":[1]}')).json().value, { a: [1] });
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    assert.ok((await brink.post('/api/body?as=bytes', bytes)).body.equals(bytes));
    assert.equal((await brink.post('/api/body?as=blob', 'x'.repeat(70_000))).json().size, 70_000);
    assert.equal((await brink.get('/api/body?as=text', { method: 'POST' })).json().value, '');
  });

  await t.test('JSON that is none is an error of the script', async () => {
    const response = await brink.post('/api/body?as=json', '{"a":');
    assert.equal(response.status, 500);
    assert.equal(errorCode(response), 'BRINK_SCRIPT_ERROR');
  });

  await t.test('a large body, in many pieces', async () => {
    const body = Buffer.alloc(3 << 20, 'abcdefg');
    const response = await brink.post('/api/body?as=bytes', body);
    assert.ok(response.body.equals(body));
  });

  await t.test('formData, urlencoded', async () => {
    const response = await brink.post('/api/body?as=form', 'a=1&b=two+words&a=%C3%BC', {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    assert.deepEqual(response.json(), [['a', '1'], ['b', 'two words'], ['a', 'ü']]);
  });

  await t.test('formData, multipart with a file', async () => {
    const form = new FormData();
    form.set('field', 'wert ü');
    form.set('file', new File(['file\r\ncontent'], 'a "name".txt', { type: 'text/x-test' }));
    const made = new Response(form);
    const response = await brink.post('/api/body?as=form', Buffer.from(await made.arrayBuffer()), {
      headers: { 'content-type': made.headers.get('content-type') },
    });
    assert.deepEqual(response.json(), [
      ['field', 'wert ü'],
      ['file', { name: 'a "name".txt', type: 'text/x-test', size: 13, text: 'file\r\ncontent' }],
    ]);
  });

  await t.test('a streamed answer arrives piece by piece', async () => {
    const response = await brink.open('/api/stream');
    const pieces = [];
    for await (const piece of response.stream) pieces.push(String(piece));
    assert.equal(pieces.join(''), 'piece 1\npiece 2\npiece 3\npiece 4\npiece 5\n');
    assert.ok(pieces.length > 1, 'all pieces came at once');
  });

  await t.test('a stream that breaks is seen as broken', async () => {
    const response = await brink.open('/api/broken-stream').catch((error) => error);
    if (response instanceof Error) return;
    if (response.status === 200) {
      await assert.rejects(async () => { for await (const _ of response.stream); }, /aborted|hang up|reset/i);
    } else {
      response.stream.resume();
      assert.equal(response.status, 500);
    }
  });

  await t.test('a body that is transformed on its way', async () => {
    assert.equal((await brink.post('/api/transform', 'loud'.repeat(1000))).text, 'LOUD'.repeat(1000));
  });

  for (const size of [0, 1, 56 * 1024, 57 * 1024, 1 << 20, 5 << 20]) {
    await t.test(`an answer of ${size} bytes`, async () => {
      const response = await brink.get(`/api/large?n=${size}`);
      assert.equal(response.status, 200);
      assert.equal(errorCode(response), undefined);
      assert.equal(response.text, 'x'.repeat(size));
      assert.equal(response.headers['content-length'] ?? String(size), String(size));
    });
  }

  await t.test('a client that leaves: the signal is aborted and the stream cancelled', async () => {
    const client = await RawConnection.connect(brink.url);
    client.write('GET /api/endless HTTP/1.1\r\nHost: a\r\n\r\n');
    await client.readUntil('tick\n');
    assert.equal((await brink.get('/api/endless?state')).text, 'running');
    client.destroy();
    await until(async () => /cancelled/.test((await brink.get('/api/endless?state')).text), 'the cancel');
    assert.match((await brink.get('/api/endless?state')).text, /aborted: AbortError/);
  });

  await t.test('handlers wait side by side', async () => {
    const started = performance.now();
    const answers = await Promise.all(Array.from({ length: 50 }, () => brink.get('/api/waits')));
    assert.ok(answers.every((answer) => answer.text === 'waited'));
    t.diagnostic(`50 handlers that wait 100 ms took ${Math.round(performance.now() - started)} ms`);
    assert.ok(performance.now() - started < 4_000, 'they ran one after the other');
  });
});
