// The smaller web APIs: one test each, by the main cases of their standards.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startWorker } from './natives-node.mjs';

const worker = startWorker();
const run = (body) => worker.eval(body);
const json = async (expression) => JSON.parse(await run(`return JSON.stringify(${expression});`));
const throws = async (expression, name = 'TypeError') =>
  assert.equal(
    await run(`try { await (${expression}); } catch (e) { return e.name; }`),
    name,
    expression,
  );

test('globals: descriptors, names, and nothing that is not there yet', async () => {
  assert.deepEqual(
    await json(`Object.getOwnPropertyNames(globalThis).filter((n) => {
    const d = Object.getOwnPropertyDescriptor(globalThis, n);
    return typeof d.value === 'function' && /^[A-Z]/.test(n) && (d.enumerable || !d.writable || !d.configurable ||
      d.value.name !== n); })`),
    [],
  );
  assert.deepEqual(
    await json(`['Response', 'Headers', 'ReadableStream', 'URL', 'DOMException', 'AbortSignal', 'Blob',
    'FormData', 'Event', 'TextDecoder'].map((n) => [globalThis[n].name === n,
      globalThis[n].prototype[Symbol.toStringTag] === n])`),
    Array(10).fill([true, true]),
  );
  assert.deepEqual(
    await json(`[typeof navigator, typeof WebSocket, typeof URLPattern, typeof crypto.subtle,
    typeof require, EdgeRuntime, self === globalThis, process.env, typeof fetch, fetch.name, fetch.length]`),
    [
      'undefined',
      'undefined',
      'undefined',
      'undefined',
      'undefined',
      'edge-runtime',
      true,
      { NEXT_RUNTIME: 'edge', NODE_ENV: 'production', FROM_APP: 'yes' },
      'function',
      'fetch',
      1,
    ],
  );
  assert.deepEqual(await json(`Object.keys(globalThis).sort()`), [
    'atob',
    'btoa',
    'clearInterval',
    'clearTimeout',
    'fetch',
    'queueMicrotask',
    'setInterval',
    'setTimeout',
    'structuredClone',
  ]);
});

test('URL: parts, setters, statics', async () => {
  assert.deepEqual(
    await json(`(({ href, origin, protocol, username, password, host, hostname, port, pathname, search,
    hash }) => [href, origin, protocol, username, password, host, hostname, port, pathname, search, hash])(
    new URL('../b?q#h', 'http://us%20er:pa@Example.COM:8080/a/x'))`),
    [
      'http://us%20er:pa@example.com:8080/b?q#h',
      'http://example.com:8080',
      'http:',
      'us%20er',
      'pa',
      'example.com:8080',
      'example.com',
      '8080',
      '/b',
      '?q',
      '#h',
    ],
  );
  for (const [href, ...parts] of [
    ['http://a.example/', 'a.example', '/', '', ''],
    ['data:x,y?z#', '', 'x,y', '?z', ''],
    ['file:///a/b', '', '/a/b', '', ''],
    ['http://u@a.example/?', 'a.example', '/', '', ''],
    ['web+demo:/.//not-a-host/', '', '//not-a-host/', '', ''],
    ['https://[::1]:3/', '[::1]:3', '/', '', ''],
  ]) {
    assert.deepEqual(
      await json(
        `(({ host, pathname, search, hash }) => [host, pathname, search, hash])(new URL('${href}'))`,
      ),
      parts,
      href,
    );
  }
  assert.deepEqual(
    await json(`[new URL('blob:https://a.example/x').origin, new URL('data:x').origin]`),
    ['https://a.example', 'null'],
  );
  assert.deepEqual(
    await json(`(() => { const u = new URL('http://a.example/x'); u.pathname = 'y z'; u.search = 'q=1';
    u.hash = 'h'; u.port = '81'; u.protocol = 'https'; u.host = 'b.example'; u.username = 'me'; u.port = 'x';
    const first = u.href; u.href = 'http://c.example'; return [first, u.href, String(u), JSON.stringify(u)]; })()`),
    [
      'https://me@b.example:81/y%20z?q=1#h',
      'http://c.example/',
      'http://c.example/',
      '"http://c.example/"',
    ],
  );
  assert.deepEqual(
    await json(`[URL.canParse('x'), URL.canParse('x', 'http://a.example'), URL.parse('x'),
    URL.parse('x', 'http://a.example').href]`),
    [false, true, null, 'http://a.example/x'],
  );
  await throws(`new URL('x')`);
  await throws(`new URL()`);
  await throws(`Object.assign(new URL('http://a.example'), { href: 'x' })`);
  await throws(`URL.prototype.href`);
  assert.equal(
    await json(`(() => { try { new URL('x'); } catch (e) { return e.code; } })()`),
    'ERR_INVALID_URL',
  );
});

test('URL.searchParams is live both ways', async () => {
  assert.deepEqual(
    await json(`(() => { const u = new URL('http://a.example/?a=1&b=%C3%A9#h'); const p = u.searchParams;
    p.append('c', 'x y'); const first = u.href; u.search = '?z=1'; const second = [...p]; p.delete('z');
    return [first, second, u.href, p === u.searchParams]; })()`),
    ['http://a.example/?a=1&b=%C3%A9&c=x+y#h', [['z', '1']], 'http://a.example/#h', true],
  );
});

test('URLSearchParams', async () => {
  const cases = {
    '': [],
    a: [['a', '']],
    'a=1&a=2&&=3': [
      ['a', '1'],
      ['a', '2'],
      ['', '3'],
    ],
    'a+b=%20%2B': [['a b', ' +']],
    '%zz=%': [['%zz', '%']],
    '%ff=1': [['\ufffd', '1']],
    'a=b=c': [['a', 'b=c']],
    'é=%C3%A9%FF': [['é', 'é\ufffd']],
  };
  for (const [text, pairs] of Object.entries(cases)) {
    assert.deepEqual(await json(`[...new URLSearchParams(${JSON.stringify(text)})]`), pairs, text);
  }
  assert.equal(
    await json(`String(new URLSearchParams([['a b', "*-._~!'()"], ['é', '\\ud800']]))`),
    'a+b=*-._%7E%21%27%28%29&%C3%A9=%EF%BF%BD',
  );
  assert.deepEqual(
    await json(`(() => { const p = new URLSearchParams({ b: '2', a: '1' }); p.append('a', '3'); p.set('b', '4');
    const x = [p.get('a'), p.getAll('a'), p.has('a', '3'), p.has('a', '9'), p.size, p.get('z')]; p.sort(); x.push(String(p));
    p.delete('a', '1'); x.push(String(p)); return x; })()`),
    ['1', ['1', '3'], true, false, 3, null, 'a=1&a=3&b=4', 'a=3&b=4'],
  );
  assert.equal(await json(`String(new URLSearchParams('?a=1'))`), 'a=1');
  await throws(`new URLSearchParams([['a']])`);
});

test('TextEncoder and TextDecoder', async () => {
  assert.deepEqual(
    await json(`[[...new TextEncoder().encode('é\\ud800')], new TextEncoder().encoding,
    new TextEncoder().encodeInto('aé😀', new Uint8Array(4))]`),
    [[195, 169, 239, 191, 189], 'utf-8', { read: 2, written: 3 }],
  );
  assert.deepEqual(
    await json(`[new TextDecoder('UTF8').encoding, new TextDecoder(' latin1 ').encoding,
    new TextDecoder('utf-16').encoding]`),
    ['utf-8', 'windows-1252', 'utf-16le'],
  );
  await throws(`new TextDecoder('shift_jis')`, 'RangeError');
  assert.equal(
    await json(`new TextDecoder().decode(new Uint8Array([0xef, 0xbb, 0xbf, 97, 255]))`),
    'a\ufffd',
  );
  assert.equal(
    await json(
      `new TextDecoder('utf-8', { ignoreBOM: true }).decode(new Uint8Array([0xef, 0xbb, 0xbf]))`,
    ),
    '\ufeff',
  );
  await throws(`new TextDecoder('utf-8', { fatal: true }).decode(new Uint8Array([255]))`);
  assert.equal(await json(`new TextDecoder('latin1').decode(new Uint8Array([0x80, 0xe9]))`), '€é');
  assert.equal(
    await json(`new TextDecoder('utf-16le').decode(new Uint8Array([0xff, 0xfe, 97, 0]))`),
    'a',
  );
  const text = '\ufeffaé€😀\ufeff!';
  for (const encoding of ['utf-8', 'utf-16le']) {
    const bytes = [...Buffer.from(text, encoding)];
    for (const size of [1, 2, 3]) {
      assert.equal(
        await json(`(() => { const d = new TextDecoder('${encoding}'); const b = ${JSON.stringify(bytes)}; let s = '';
        for (let i = 0; i < b.length; i += ${size}) s += d.decode(new Uint8Array(b.slice(i, i + ${size})), { stream: true });
        return s + d.decode(); })()`),
        text.slice(1),
        `${encoding} by ${size}`,
      );
    }
  }
  assert.equal(
    await json(`(() => { const d = new TextDecoder(); return d.decode(new Uint8Array([0xe2]), { stream: true }) +
    d.decode(new Uint8Array([97]), { stream: true }) + d.decode(new Uint8Array([0xf0, 0x9f]), { stream: true }) + d.decode(); })()`),
    '\ufffda\ufffd',
  );
  assert.equal(
    await json(`await (async () => { let s = ''; for await (const c of new Blob(['aé😀']).stream()
    .pipeThrough(new TextDecoderStream())) s += c; return s; })()`),
    'aé😀',
  );
  assert.deepEqual(
    await json(`await (async () => { const all = []; const t = new TextEncoderStream(); const w = t.writable.getWriter();
    w.write('a\\ud83d'); w.write('\\ude00'); w.close(); for await (const c of t.readable) all.push(...c); return all; })()`),
    [...Buffer.from('a😀')],
  );
});

test('streams: transform, tee, queuing strategies, pipeTo with a signal', async () => {
  assert.deepEqual(
    await json(`await (async () => {
    const up = new TransformStream({ transform(c, t) { t.enqueue(c * 2); } });
    const source = new ReadableStream({ start(c) { c.enqueue(1); c.enqueue(2); c.close(); } });
    const [a, b] = source.pipeThrough(up).tee(); const seen = [];
    for await (const x of a) seen.push(x); for await (const x of b) seen.push(x); return seen; })()`),
    [2, 4, 2, 4],
  );
  assert.equal(
    await json(`await (async () => { const c = new AbortController();
    const p = new ReadableStream().pipeTo(new WritableStream(), { signal: c.signal }); c.abort(new Error('stop'));
    try { await p; } catch (e) { return e.message; } })()`),
    'stop',
  );
  assert.equal(await json(`new CountQueuingStrategy({ highWaterMark: 3 }).highWaterMark`), 3);
  assert.deepEqual(
    await json(`await (async () => { const r = ReadableStream.from?.([1, 2]); const seen = [];
    for await (const x of r) seen.push(x); return seen; })()`),
    [1, 2],
  );
});

test('events', async () => {
  assert.deepEqual(
    await json(`(() => { const t = new EventTarget(); const seen = []; const f = (e) => seen.push(e.type, e.target === t);
    t.addEventListener('x', f); t.addEventListener('x', f); t.addEventListener('x', { handleEvent() { seen.push('object'); } }, { once: true });
    t.addEventListener('x', (e) => e.preventDefault());
    const first = t.dispatchEvent(new Event('x', { cancelable: true })); t.dispatchEvent(new Event('x'));
    t.removeEventListener('x', f); t.dispatchEvent(new Event('x')); return [first, seen]; })()`),
    [false, ['x', true, 'object', 'x', true]],
  );
  assert.deepEqual(
    await json(`(() => { const t = new EventTarget(); const seen = [];
    t.addEventListener('x', (e) => { seen.push(1); e.stopImmediatePropagation(); }); t.addEventListener('x', () => seen.push(2));
    t.dispatchEvent(new CustomEvent('x', { detail: 5 })); const c = new AbortController();
    t.addEventListener('y', () => seen.push('y'), { signal: c.signal }); c.abort(); t.dispatchEvent(new Event('y'));
    return [seen, new CustomEvent('x', { detail: 5 }).detail, new Event('q').eventPhase, Event.AT_TARGET]; })()`),
    [[1], 5, 0, 2],
  );
  worker.logs.length = 0;
  assert.equal(
    await json(`(() => { const t = new EventTarget(); let n = 0; t.addEventListener('x', () => { throw new Error('in listener'); });
    t.addEventListener('x', () => n++); t.dispatchEvent(new Event('x')); return n; })()`),
    1,
  );
  assert.match(worker.logs[0].text, /Uncaught Error: in listener/);
  await throws(`new EventTarget().dispatchEvent({})`);
  await throws(`new Event()`);
});

test('AbortController and AbortSignal', async () => {
  assert.deepEqual(
    await json(`(() => { const c = new AbortController(); const seen = []; c.signal.onabort = () => seen.push('on');
    c.signal.addEventListener('abort', (e) => seen.push(e.isTrusted)); c.abort(); c.abort('again');
    return [seen, c.signal.aborted, c.signal.reason.name, c.signal.reason.code]; })()`),
    [['on', true], true, 'AbortError', 20],
  );
  assert.deepEqual(
    await json(`(() => { const a = new AbortController(); const any = AbortSignal.any([a.signal, new AbortController().signal]);
    const both = AbortSignal.any([any]); a.abort(1); return [any.aborted, both.reason, AbortSignal.any([]).aborted,
    AbortSignal.any([AbortSignal.abort(2)]).reason, AbortSignal.abort().reason.name]; })()`),
    [true, 1, false, 2, 'AbortError'],
  );
  assert.equal(
    await json(`await new Promise((resolve) => { const s = AbortSignal.timeout(1);
    s.addEventListener('abort', () => resolve(s.reason.name)); })`),
    'TimeoutError',
  );
  await throws(`AbortSignal.abort(new RangeError('x')).throwIfAborted()`, 'RangeError');
  await throws(`new AbortSignal()`);
  await throws(`AbortSignal.timeout(-1)`);
});

test('DOMException', async () => {
  assert.deepEqual(
    await json(`(() => { const e = new DOMException('m', 'NotFoundError'); return [e instanceof Error, e.name,
    e.message, e.code, DOMException.ABORT_ERR, new DOMException().name, String(e), typeof e.stack,
    Object.prototype.toString.call(e)]; })()`),
    [
      true,
      'NotFoundError',
      'm',
      8,
      20,
      'Error',
      'NotFoundError: m',
      'string',
      '[object DOMException]',
    ],
  );
});

test('Blob and File', async () => {
  assert.deepEqual(
    await json(`await (async () => { const b = new Blob(['ab', new Uint8Array([99]), new Blob(['d'])], { type: 'Text/X' });
    return [b.size, b.type, await b.text(), await b.slice(1, -1, 'a/b').text(), b.slice(1, -1, 'a/b').type,
      new Uint8Array(await b.arrayBuffer())[2], (await b.bytes()).length, new Blob().size]; })()`),
    [4, 'text/x', 'abcd', 'bc', 'a/b', 99, 4, 0],
  );
  assert.deepEqual(
    await json(`(() => { const f = new File(['x'], 'n.txt', { lastModified: 5, type: 'a/b' });
    return [f.name, f.lastModified, f.type, f instanceof Blob, Object.prototype.toString.call(f)]; })()`),
    ['n.txt', 5, 'a/b', true, '[object File]'],
  );
  await throws(`new Blob('x')`);
  await throws(`new File(['x'])`);
});

test('FormData', async () => {
  assert.deepEqual(
    await json(`(() => { const f = new FormData(); f.append('a', 1); f.append('a', '2'); f.append('b', new Blob(['x']));
    f.append('c', new Blob(['x']), 'c.txt'); const x = [f.get('a'), f.getAll('a'), f.has('z'), f.get('b').name, f.get('c').name, f.get('z')];
    f.set('a', '3'); f.delete('b'); x.push([...f.keys()], f.getAll('a')); return x; })()`),
    ['1', ['1', '2'], false, 'blob', 'c.txt', null, ['a', 'c'], ['3']],
  );
  await throws(`new FormData().append('a')`);
  await throws(`new FormData().append('a', 'x', 'name')`);
});

test('structuredClone, base64, crypto, performance', async () => {
  assert.deepEqual(
    await json(`(() => { const m = structuredClone(new Map([[1, { d: new Date(5) }]])); const b = new ArrayBuffer(4);
    structuredClone(1, { transfer: [b] }); return [m.get(1).d.getTime(), b.byteLength]; })()`),
    [5, 0],
  );
  await throws(`structuredClone(() => {})`, 'DataCloneError');
  await throws(`structuredClone(1, { transfer: [{}] })`, 'DataCloneError');
  assert.deepEqual(await json(`[btoa('é'), atob(' 6Q= ='), atob('')]`), ['6Q==', 'é', '']);
  await throws(`btoa('€')`, 'InvalidCharacterError');
  await throws(`atob('a')`, 'InvalidCharacterError');
  assert.deepEqual(
    await json(`[crypto.getRandomValues(new Uint16Array(4)).some((x) => x > 255), /^[\\da-f-]{36}$/.test(crypto.randomUUID()),
    String(crypto)]`),
    [true, true, '[object Crypto]'],
  );
  await throws(`crypto.getRandomValues(new Float32Array(1))`, 'TypeMismatchError');
  await throws(`crypto.getRandomValues(new Uint8Array(65537))`, 'QuotaExceededError');
  assert.deepEqual(
    await json(`[performance.now(), performance.timeOrigin, JSON.stringify(performance)]`),
    [1000, 1700000000000, '{"timeOrigin":1700000000000}'],
  );
});

test('timers outside of a request, queueMicrotask order', async () => {
  assert.deepEqual(
    await json(`await new Promise((resolve) => { const seen = []; setTimeout((a) => { seen.push(a); resolve(seen); }, 0, 'timer');
    queueMicrotask(() => seen.push('micro')); seen.push('sync'); })`),
    ['sync', 'micro', 'timer'],
  );
  await throws(`setTimeout('code')`);
  await throws(`queueMicrotask()`);
});

test('console: formats, levels, hostile values', async () => {
  const logged = async (body) => {
    worker.logs.length = 0;
    await run(body);
    return worker.logs.map(({ level, text }) => [level, text]);
  };
  assert.deepEqual(
    await logged(`console.debug('a'); console.log('b', 1, { c: [1, 'x'] }); console.warn('%s is %d%% %i %f %j %o', 'x', 1.5, 2.7, '3.5', { a: 1 }, [1], 'rest');
    console.error('%cstyled', 'color: red', 'tail', '%c');`),
    [
      [0, 'a'],
      [1, "b 1 { c: [ 1, 'x' ] }"],
      [2, 'x is 1.5% 2 3.5 {"a":1} [ 1, length: 1 ] rest'],
      [3, 'styled tail %c'],
    ],
  );
  assert.deepEqual(
    await logged(`console.assert(true, 'no'); console.assert(false, 'yes %d', 1); console.assert(false); console.count(); console.count('x');
    console.count(); console.time('t'); console.timeEnd('t'); console.group('g'); console.log('in'); console.groupEnd(); console.log();`),
    [
      [3, 'Assertion failed: yes 1'],
      [3, 'Assertion failed'],
      [1, 'default: 1'],
      [1, 'x: 1'],
      [1, 'default: 2'],
      [1, 't: 0ms'],
      [1, 'g'],
      [1, '  in'],
      [1, ''],
    ],
  );
  const [[level, trace]] = await logged(`console.trace('here')`);
  assert.equal(level, 0);
  assert.match(trace, /^Trace: here\n\s+at /);
  const hostile = await logged(`console.log({ get a() { throw 1; } }, { toString() { throw 1; } });
    console.log('%s', { toString() { throw new Error('no'); } }); console.log(new Proxy({}, { ownKeys() { throw new Error('trap'); }, get() { throw new Error('trap'); } }), 'rest');
    console.log(Symbol('s'), 'x', Symbol('t')); const c = {}; c.self = c; console.log(c); console.log(Object.create(null)); console.log(new Error('boom', { cause: 'why' }));
    const e = new Error('x'); Object.defineProperty(e, 'stack', { get() { throw 1; } }); console.log(e);`);
  assert.equal(hostile.length, 8);
  assert.match(hostile[0][1], /\{ a: \[Getter\] \} \{ toString: \[Function: toString\] \}/);
  assert.match(hostile[2][1], /cannot be shown: Error: trap\] rest/);
  assert.match(hostile[3][1], /Symbol\(s\).* Symbol\(t\)/);
  assert.match(hostile[4][1], /Circular/);
  assert.match(hostile[6][1], /Error: boom\n[\s\S]*\[cause\]: why/);
  assert.match(
    (
      await logged(
        `console.log(new Headers({ a: '1' }), new URL('http://a.example/'), new Request('http://a.example/'), new Response('x'))`,
      )
    )[0][1],
    /\{ a: '1' \}[\s\S]*href: 'http:\/\/a\.example\/'[\s\S]*method: 'GET'[\s\S]*status: 200/,
  );
});
