// What a module gives to the dispatcher, and what modules can import.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startWorker } from './natives-node.mjs';

test('route parameters are in the query and in event.params', async () => {
  const worker = startWorker();
  const exchange = await worker.request(
    `(req, event) => Response.json([event.params,
    [...req.nextUrl.searchParams], req.url])`,
    {
      kind: 'handler',
      url: 'http://a.example/u?id=x&q=1',
      params: ['id', '4 2', 'rest', 'a', 'rest', 'b'],
    },
  );
  assert.deepEqual(JSON.parse(exchange.respond.body), [
    { id: '4 2', rest: ['a', 'b'] },
    [
      ['q', '1'],
      ['id', '4 2'],
      ['rest', 'a'],
      ['rest', 'b'],
    ],
    'http://a.example/u?q=1&id=4+2&rest=a&rest=b',
  ]);
});

test('registerEntry takes middleware, proxy or default, and says what is wrong', () => {
  const { callbacks, realm } = startWorker();
  const register = (kind, namespace) =>
    callbacks.registerEntry(1, kind, 'middleware.js', namespace);
  const f = () => {};
  assert.deepEqual([...register('middleware', { middleware: f })], []);
  assert.deepEqual([...register('middleware', { proxy: f })], []);
  assert.deepEqual([...register('middleware', { default: f, config: {} })], []);
  assert.throws(
    () => register('middleware', { default: 1 }),
    (error) =>
      error instanceof realm.Error &&
      error.code === 'BRINK_MODULE_EXPORTS' &&
      /middleware\.js must export a function/.test(error.message),
  );
  assert.throws(() => register('handler', { middleware: f }), { code: 'BRINK_MODULE_EXPORTS' });
  assert.throws(() => register('middleware', { default: f, config: { matcher: 'x' } }), {
    code: 'BRINK_MATCHER_INVALID',
  });
});

test('builtinModule knows next/server only', () => {
  const { callbacks } = startWorker();
  assert.deepEqual(Object.keys(callbacks.builtinModule('next/server')).sort(), [
    'ImageResponse',
    'NextFetchEvent',
    'NextRequest',
    'NextResponse',
    'URLPattern',
    'after',
    'connection',
    'userAgent',
    'userAgentFromString',
  ]);
  assert.equal(callbacks.builtinModule('node:fs'), undefined);
  assert.equal(callbacks.builtinModule('constructor'), undefined);
});

test('registerEntry names unknown keys of config, and Workers', () => {
  const worker = startWorker();
  const register = (namespace) =>
    worker.callbacks.registerEntry(1, 'middleware', 'middleware.js', namespace);
  register({ default: () => {}, config: { matchr: ['/a'], runtime: 'edge' } });
  assert.equal(worker.logs.length, 1);
  assert.equal(worker.logs[0].level, 2);
  assert.match(worker.logs[0].text, /unknown key "matchr", so the middleware runs on every path/);
  register({ default: () => {}, config: { matcher: '/a', other: 1 } });
  assert.match(worker.logs[1].text, /unknown key "other"; known are matcher/);
  assert.throws(() => register({ default: { fetch() {} } }), /Cloudflare Workers/);
});
