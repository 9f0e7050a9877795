// config.matcher: which paths a compiled matcher takes, as Next.js 16 does.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startWorker } from './natives-node.mjs';

const worker = startWorker();
const compile = (matcher) =>
  worker.callbacks.registerEntry(1, 'middleware', 'middleware.js', {
    middleware() {},
    config: { matcher },
  });
const matches = (matcher, path) =>
  compile(matcher).some(({ regexp }) => new RegExp(regexp).test(path));

test('what a matcher takes and what it does not', () => {
  const cases = [
    [
      '/',
      [
        '/',
        '/index',
        '/index.json',
        '/index.rsc',
        '/_next/data/b/index.json',
        '/index.segments/_tree.segment.rsc',
      ],
      ['/a', '/.json'],
    ],
    [
      '/about',
      [
        '/about',
        '/about/',
        '/about.json',
        '/about.rsc',
        '/_next/data/build/about.json',
        '/about.segments/x/y.segment.rsc',
      ],
      ['/aboutx', '/about/x', '/x/about', '/About'],
    ],
    [
      '/about/:path*',
      ['/about', '/about/a', '/about/a/b', '/_next/data/b/about/a.json'],
      ['/abouta', '/'],
    ],
    ['/about/:path+', ['/about/a', '/about/a/b'], ['/about']],
    ['/about/:path?', ['/about', '/about/a'], ['/about/a/b']],
    ['/blog/:slug(\\d{1,})', ['/blog/12'], ['/blog/a', '/blog/']],
    [
      '/((?!api|_next/static|_next/image|favicon.ico).*)',
      ['/', '/a', '/a/b.js'],
      ['/api', '/api/x', '/_next/static/x', '/favicon.ico'],
    ],
    ['/:path*', ['/', '/a', '/a/b'], []],
    ['/(.*)', ['/', '/a/b'], []],
    ['/a-:id', ['/a-1'], ['/a']],
    ['/:a/:b', ['/1/2'], ['/1', '/1/2/3']],
    [['/x', '/y'], ['/x', '/y'], ['/z']],
  ];
  for (const [matcher, yes, no] of cases) {
    for (const path of yes) assert.ok(matches(matcher, path), `${matcher} should take ${path}`);
    for (const path of no) assert.ok(!matches(matcher, path), `${matcher} should not take ${path}`);
  }
});

test('an object that says no more than its source is taken', () => {
  for (const entry of [
    { source: '/x/:path*' },
    { source: '/x/:path*', locale: false, has: [], missing: [] },
  ]) {
    assert.ok(matches([entry], '/x/1'));
    assert.ok(!matches([entry], '/y'));
  }
});

test('no matcher is every request; an empty list is none', () => {
  assert.deepEqual([...compile(undefined)], []);
  const [{ source, regexp }] = compile([]);
  assert.deepEqual([source, regexp], ['', '(?!)']);
  assert.ok(!new RegExp(regexp).test('/'));
});

test('an object that says no more than its source', () => {
  const plain = compile('/x/:id');
  for (const more of [{}, { has: [] }, { missing: [], locale: false }, { has: undefined }]) {
    assert.deepEqual(compile({ source: '/x/:id', ...more }), plain);
    assert.deepEqual(compile(['/y', { source: '/x/:id', ...more }])[1], plain[0]);
  }
});

test('the regular expression is anchored, and PCRE2 reads it as JavaScript does', () => {
  for (const { regexp } of compile(['/', '/a', '/:path*', '/((?!api).*)']))
    assert.match(regexp, /^\^.*\$$/);
  const [{ source, regexp }] = compile('/:b(\\u0041[^]x{,3}y{2}[^]]+)');
  assert.equal(source, '/:b(\\u0041[^]x{,3}y{2}[^]]+)');
  assert.ok(regexp.includes('(\\u0041[^]x\\{,3}y{2}[^]]+)'), regexp);
});

test('what is wrong is said', () => {
  const cases = {
    about: /source must start with \//,
    '': /source must start with \//,
    '/:': /invalid source/,
    '/(': /invalid source/,
    '/((a)': /invalid source/,
    '/((a))': /invalid source/,
    '/a{': /invalid source/,
  };
  for (const [matcher, message] of Object.entries(cases)) {
    assert.throws(
      () => compile(matcher),
      (e) => e.code === 'BRINK_MATCHER_INVALID' && message.test(e.message),
      matcher,
    );
  }
  assert.throws(() => compile(`/${'a'.repeat(4096)}`), /exceeds max built length of 4096/);
  const condition = { type: 'header', key: 'a' };
  assert.throws(() => compile([{ source: '/x', has: [condition] }]), /has is not supported yet/);
  assert.throws(() => compile({ source: '/x', missing: [condition] }), /missing is not supported/);
  assert.throws(() => compile({ source: '/x', locale: true }), /locale is not supported yet/);
  assert.throws(() => compile({ source: '/x', soruce: '/y' }), /"soruce" is no key of a matcher/);
  assert.throws(() => compile({}), /must hold strings, not a undefined/);
  assert.throws(() => compile(5), /must be a string or an array of strings, not 5/);
  assert.throws(() => compile(null), /must be a string/);
  assert.throws(() => compile(['/x', 1n]), /must hold strings, not a bigint/);
});
