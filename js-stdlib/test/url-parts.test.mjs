// URLs that need no parser get what the parser would give.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startWorker } from './natives-node.mjs';

const MEMBERS = ['href', 'origin', 'protocol', 'host', 'hostname', 'port', 'pathname', 'search', 'hash'];

const ORIGINS = ['http://a.example', 'https://a.example:8443', 'http://[::1]:80', 'http://user@a.example',
  'http://127.1', 'HTTP://A.example', 'http://a.example.'];
const PATHS = ['', '/', '/a/b', '//a', '/./a', '/a/..', '/a/../b', '/a..b/c.html', '/.well-known', '/%2e/x',
  '/a%2e', '/a/%2E%2e/b', '/?', '/?q', '/a?b=c&d=%20', '/a?b?c', "/a'b", "/a?b'c", '/a b', '/a?b c', '/a\\b',
  '/a#b', '/a?b#c', '/ä', '/a?ä', '/a\tb', '/a"b', '/a?"', '/{x}', '/a|b', '/a^b', '/[x]', ':8080/a', '.evil/a',
  '@evil/a', '/a:b@c', '/a;b=c,d', '/$!()*+~_-'];

// One realm for all: what is remembered of one URL is what the next one meets.
const worker = startWorker();
const inWorker = async (input, base) => JSON.parse(await worker.eval(`
  try {
    const url = new URL(${JSON.stringify(input)}, ${JSON.stringify(base)});
    return JSON.stringify(${JSON.stringify(MEMBERS)}.map((name) => url[name]));
  } catch { return 'null'; }`));

function expected(input, base) {
  const url = URL.parse(input, base);
  return url === null ? null : MEMBERS.map((name) => url[name]);
}

test('absolute URLs, of origins seen and not seen before', async () => {
  for (const round of [1, 2]) {
    for (const origin of ORIGINS) {
      for (const path of PATHS) {
        const input = origin + path;
        assert.deepEqual(await inWorker(input), expected(input), `${input} (${round})`);
      }
    }
  }
});

test('paths against a base', async () => {
  for (const origin of ORIGINS) {
    const base = `${origin}/base/page?q#h`;
    for (const path of [...PATHS, 'relative', '?q', '#h', '../x', '///x', '/\\x']) {
      assert.deepEqual(await inWorker(path, base), expected(path, base), `${path} on ${base}`);
      const plain = `${origin}/base/page`;
      assert.deepEqual(await inWorker(path, plain), expected(path, plain), `${path} on ${plain}`);
    }
  }
});

test('absolute URLs against a base', async () => {
  for (const base of ['http://a.example/x', 'https://a.example:8443/x?y', 'not a URL', 'http://[', '']) {
    for (const origin of ORIGINS) {
      for (const input of [origin, `${origin}/a?b`, `${origin}/../a`, origin.replace('//', '')]) {
        assert.deepEqual(await inWorker(input, base), expected(input, base), `${input} on ${base}`);
      }
    }
  }
});

test('the same URL again, and after a change of what was made of it', async () => {
  for (const input of ['http://a.example/a?b', 'http://a.example/a', 'http://127.0.0.1/x', 'http://a.example/#h']) {
    for (const base of [undefined, input, `${input}/`]) {
      const seen = await worker.eval(`
        const make = () => new URL(${JSON.stringify(input)}, ${JSON.stringify(base)});
        const first = make();
        const before = first.href;
        first.pathname = '/changed';
        return JSON.stringify([before, first.pathname, make().href, make().href]);`);
      const { href } = new URL(input, base);
      assert.deepEqual(JSON.parse(seen), [href, '/changed', href, href], `${input} on ${base}`);
    }
  }
});
