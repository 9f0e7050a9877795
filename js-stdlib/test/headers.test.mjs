// Headers: https://fetch.spec.whatwg.org/#headers-class
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startWorker } from './natives-node.mjs';

const worker = startWorker();
const json = (text) => JSON.parse(worker.run(`JSON.stringify(${text})`));
const throws = (text, name = 'TypeError') =>
  assert.equal(
    worker.run(`(() => { try { ${text}; } catch (e) { return e.name; } })()`),
    name,
    text,
  );

test('construction', () => {
  assert.deepEqual(json(`[...new Headers({ B: '1', a: 2 })]`), [
    ['a', '2'],
    ['b', '1'],
  ]);
  assert.deepEqual(json(`[...new Headers([['x', '1'], ['X', '2']])]`), [['x', '1, 2']]);
  assert.deepEqual(json(`[...new Headers(new Map([['x', '1']]))]`), [['x', '1']]);
  assert.deepEqual(json(`[...new Headers(new Headers({ x: '1' }))]`), [['x', '1']]);
  assert.deepEqual(json(`[...new Headers()]`), []);
  assert.deepEqual(json(`[...new Headers(undefined)]`), []);
  throws(`new Headers(null)`);
  throws(`new Headers('x')`);
  throws(`new Headers([['x']])`);
  throws(`new Headers([['x', 'y', 'z']])`);
  throws(`new Headers(['xy'])`);
  throws(`Headers()`);
});

test('names and values are checked and normalised', () => {
  for (const name of ['', 'a b', 'ä', 'a:', '\n'])
    throws(`new Headers().append(${JSON.stringify(name)}, 'x')`);
  for (const value of ['a\nb', 'a\0b', 'Ā'])
    throws(`new Headers().set('x', ${JSON.stringify(value)})`);
  assert.equal(worker.run(`new Headers({ x: ' \\t a b\\r\\n ' }).get('X')`), 'a b');
  assert.equal(worker.run(`new Headers({ x: 'ÿ' }).get('x')`), 'ÿ');
  throws(`new Headers().get('a b')`);
  throws(`new Headers().append('x')`);
  throws(`new Headers().has()`);
});

test('append, set, delete, get, has', () => {
  assert.deepEqual(
    json(`(() => { const h = new Headers(); h.append('A', 1); h.append('a', 2);
    const seen = [h.get('a'), h.has('A')]; h.set('a', 3); seen.push(h.get('A'));
    h.delete('A'); seen.push(h.get('a'), h.has('a')); return seen; })()`),
    ['1, 2', true, '3', null, false],
  );
});

test('Set-Cookie is never combined in iteration', () => {
  assert.deepEqual(
    json(`(() => { const h = new Headers([['set-cookie', 'a=1'], ['b', '1'],
    ['Set-Cookie', 'c=2']]); return [[...h], h.getSetCookie(), h.get('set-cookie')]; })()`),
    [
      [
        ['b', '1'],
        ['set-cookie', 'a=1'],
        ['set-cookie', 'c=2'],
      ],
      ['a=1', 'c=2'],
      'a=1, c=2',
    ],
  );
});

test('iteration is sorted and follows changes', () => {
  assert.deepEqual(
    json(`(() => { const h = new Headers({ a: '1', c: '3' }); const seen = [];
    for (const [name] of h) { seen.push(name); if (name === 'a') h.append('b', '2'); } return seen; })()`),
    ['a', 'b', 'c'],
  );
  assert.deepEqual(
    json(`[[...new Headers({ b: 1, a: 2 }).keys()], [...new Headers({ b: 1, a: 2 }).values()]]`),
    [
      ['a', 'b'],
      ['2', '1'],
    ],
  );
  assert.deepEqual(
    json(`(() => { const seen = []; new Headers({ a: 1 }).forEach(function(v, k, h) {
    seen.push(v, k, h instanceof Headers, this.t); }, { t: 1 }); return seen; })()`),
    ['1', 'a', true, 1],
  );
  assert.equal(
    worker.run(`Object.prototype.toString.call(new Headers().entries())`),
    '[object Headers Iterator]',
  );
  assert.equal(
    worker.run(`Headers.prototype.entries === Headers.prototype[Symbol.iterator]`),
    true,
  );
});

test('copies do not see each other', () => {
  assert.deepEqual(
    json(`(() => { const a = new Headers({ x: '1' }); const b = new Headers(a);
    a.set('x', '2'); const c = new Headers(b); b.append('x', '3'); return [a, b, c].map((h) => h.get('x')); })()`),
    ['2', '1, 3', '1'],
  );
});

test('immutable headers refuse changes', () => {
  for (const change of [`append('a', '1')`, `set('a', '1')`, `delete('a')`]) {
    throws(`Response.error().headers.${change}`);
    throws(`Response.redirect('http://x.example/').headers.${change}`);
  }
});

test('Web IDL surface', () => {
  throws(`Headers.prototype.get.call({}, 'x')`);
  throws(`[...Headers.prototype.entries.call({})]`);
  assert.equal(worker.run(`String(new Headers())`), '[object Headers]');
  assert.deepEqual(json(`Object.keys(Headers.prototype).sort()`), [
    'append',
    'delete',
    'entries',
    'forEach',
    'get',
    'getSetCookie',
    'has',
    'keys',
    'set',
    'values',
  ]);
  assert.deepEqual(json(`[Headers.name, Headers.length, Headers.prototype.append.length]`), [
    'Headers',
    0,
    2,
  ]);
});
