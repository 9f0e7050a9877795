// Corners of the web APIs' standards, one test for each kind of corner.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Incoming, startWorker } from './natives-node.mjs';

const worker = startWorker();
const run = (body) => worker.eval(body);
const json = async (expression) => JSON.parse(await run(`return JSON.stringify(${expression});`));
const throws = async (expression, name = 'TypeError') =>
  assert.equal(
    await run(`try { await (${expression}); } catch (e) { return e.name; }`),
    name,
    expression,
  );

test('structuredClone of platform objects, nested and shared', async () => {
  assert.deepEqual(
    await json(`await (async () => {
      const blob = new Blob(['abc'], { type: 'x/y' });
      const file = new File(['de'], 'n.txt', { type: 'a/b', lastModified: 5 });
      const copy = structuredClone({ blob, again: [blob], file });
      return [copy.blob instanceof Blob, copy.blob !== blob, copy.again[0] === copy.blob, copy.blob.type,
        await copy.blob.text(), copy.file instanceof File, copy.file.name, copy.file.lastModified,
        copy.file.type, await copy.file.text()]; })()`),
    [true, true, true, 'x/y', 'abc', true, 'n.txt', 5, 'a/b', 'de'],
  );
  assert.deepEqual(
    await json(`(() => { const e = new DOMException('m', 'AbortError'); const c = structuredClone([e])[0];
      return [c instanceof DOMException, c !== e, c.name, c.message, c.code, c.stack === e.stack]; })()`),
    [true, true, 'AbortError', 'm', 20, true],
  );
  for (const object of [
    `new URL('http://a.example/')`,
    `new URLSearchParams('a=1')`,
    `new Headers()`,
    `new Request('http://a.example/')`,
    `new Response('')`,
    `new FormData()`,
    `new AbortController()`,
    `new AbortController().signal`,
    `new Event('x')`,
    `new EventTarget()`,
    `new ReadableStream()`,
    `new WritableStream()`,
    `new TransformStream()`,
  ]) {
    await throws(`structuredClone(${object})`, 'DataCloneError');
    await throws(`structuredClone({ deep: [${object}] })`, 'DataCloneError');
  }
});

test('DOMException is an error to the engine', async () => {
  assert.deepEqual(
    await json(`(() => { const e = new DOMException('m', { name: 'N', cause: 1 }); class Sub extends DOMException {};
      return [typeof Error.isError === 'function' ? Error.isError(e) : true, e instanceof Error, e.cause,
        Object.keys(e), e.stack.split('\\n')[0], new Sub('x') instanceof Sub, new Sub('x').message,
        Object.getPrototypeOf(DOMException) === Function.prototype]; })()`),
    [true, true, 1, [], 'N: m', true, 'x', true],
  );
  await throws(`DOMException.prototype.name`);
  await throws(`Object.create(DOMException.prototype).message`);
});

test('Blob: slices round as Web IDL clamps, options are read in order', async () => {
  const slices = { 0.5: 'abcd', 1.5: 'cd', 2.5: 'cd', 0.51: 'bcd', '-0.5': 'abcd', '-1.5': 'cd', 1e99: '' };
  for (const [start, text] of Object.entries(slices)) {
    assert.equal(await run(`return new Blob(['abcd']).slice(${start}).text()`), text, start);
  }
  assert.equal(await run(`return new Blob(['abcd']).slice(NaN, 2).text()`), 'ab');
  assert.deepEqual(
    await json(`(() => { const seen = []; const log = (n, v) => { seen.push(n); return v; };
      new Blob([{ toString: () => log('part', 'x') }], { get type() { return log('type', ''); },
        get endings() { return log('endings', 'native'); } }); return seen; })()`),
    ['part', 'endings', 'type'],
  );
  await throws(`new Blob([], { endings: 'x' })`);
  assert.equal(await run(`return new Blob(['a\\r\\nb\\rc'], { endings: 'native' }).text()`), 'a\nb\nc');
});

test('MIME types of bodies', async () => {
  const types = {
    'text/html; charset=gbk': 'text/html;charset=gbk',
    'TEXT/HTML;CHARSET="gbk"': 'text/html;charset=gbk',
    'text/html;charset= "gbk"': 'text/html;charset=" \\"gbk\\""',
    'text/html;x="a b"': 'text/html;x="a b"',
    'text/html;x="\\\\"': 'text/html;x="\\\\"',
    'text/html;;;x=1;x=2': 'text/html;x=1',
    'text/html;x=;y=2': 'text/html;y=2',
    'text/html, x/y': 'x/y',
    'text/html;charset=a, text/html': 'text/html;charset=a',
    'text/html;charset=a, text/html;x=1': 'text/html;x=1;charset=a',
    'text/html, */*': 'text/html',
    'text/html;x="a,b", bad': 'text/html;x="a,b"',
    html: '',
    'text/': '',
    '/html': '',
    'te xt/html': '',
    'text/ht ml': '',
    ' text/html ': 'text/html',
    'text/html ;x=1': 'text/html;x=1',
    'text/html;é=1;y="é"': 'text/html;y="é"',
  };
  for (const [header, type] of Object.entries(types)) {
    const bytes = `${header}`;
    for (const of of [
      `new Response('', { headers: { 'content-type': ${JSON.stringify(bytes)} } })`,
      `new Request('http://a.example/', { method: 'POST', body: '', headers: { 'content-type': ${JSON.stringify(bytes)} } })`,
    ]) {
      assert.equal(await run(`return (await ${of}.blob()).type`), type, header);
    }
  }
});

test('multipart: what stands around the parts means nothing', async () => {
  const parse = (body, type = 'multipart/form-data; boundary=B') =>
    json(`await (async () => [...await new Response(${JSON.stringify(body)},
      { headers: { 'content-type': ${JSON.stringify(type)} } }).formData()])()`);
  const part = '--B\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n';
  const wanted = [['a', '1']];
  for (const [name, body] of Object.entries({
    plain: `${part}--B--\r\n`,
    preamble: `This is a preamble\r\n${part}--B--`,
    'preamble of many lines': `one\r\n\r\n--not B\r\n--\r\n-\r\n${part}--B--`,
    'empty line before': `\r\n${part}--B--\r\n`,
    epilogue: `${part}--B--\r\nepilogue\r\n--B\r\nmore`,
    both: `before --B in a line\r\n${part}--B--after`,
  })) {
    assert.deepEqual(await parse(body), wanted, name);
  }
  assert.deepEqual(await parse(`${part}--B--`, 'multipart/form-data; x="boundary=no"; boundary="B"'), wanted);
  for (const body of ['', 'no boundary at all', 'text --B\r\n']) {
    await assert.rejects(parse(body), /Failed to parse body as FormData/, body);
  }
});

test('multipart: at most 10,000 parts', async () => {
  const count = (parts) =>
    run(`const part = '--B\\r\\nContent-Disposition: form-data; name="a"\\r\\n\\r\\n\\r\\n';
      const form = await new Response(part.repeat(${parts}) + '--B--',
        { headers: { 'content-type': 'multipart/form-data; boundary=B' } }).formData();
      return [...form].length;`);
  assert.equal(await count(10_000), 10_000);
  await assert.rejects(count(10_001), { name: 'TypeError' });
});

test('urlencoded formData() keeps a byte order mark; FormData.set keeps lastModified', async () => {
  assert.deepEqual(
    await json(`await (async () => [...await new Response('\\uFEFFtest=\\uFEFF', { headers: { 'content-type':
      'application/x-www-form-urlencoded' } }).formData()])()`),
    [['\uFEFFtest', '\uFEFF']],
  );
  assert.deepEqual(
    await json(`(() => { const f = new FormData(); const file = new File([''], 'a', { lastModified: 7 });
      f.set('x', file, 'b'); f.append('y', file); return [f.get('x').name, f.get('x').lastModified, f.get('y').lastModified]; })()`),
    ['b', 7, 7],
  );
});

test('clones have chunks of their own', async () => {
  for (const make of [`new Response(stream)`, `new Request('http://a.example/', { method: 'POST', body: stream, duplex: 'half' })`]) {
    assert.deepEqual(
      await json(`await (async () => {
        const chunk = new Uint8Array([1, 2]);
        const stream = new ReadableStream({ start(c) { c.enqueue(chunk); c.close(); } });
        const one = ${make}; const two = one.clone();
        const a = (await one.body.getReader().read()).value; a[0] = 9;
        const b = (await two.body.getReader().read()).value;
        return [[...b], a.buffer !== b.buffer]; })()`),
      [[1, 2], true],
      make,
    );
  }
  // Both halves see the end, and an error; cancelling both cancels the source.
  assert.deepEqual(
    await json(`await (async () => {
      let cancelled; const seen = [];
      const failing = new Response(new ReadableStream({ pull(c) { c.error(new RangeError('e')); } }));
      const copy = failing.clone();
      seen.push(await failing.text().catch((e) => e.message), await copy.text().catch((e) => e.message));
      const endless = new Response(new ReadableStream({ cancel(reasons) { cancelled = reasons; } }));
      const other = endless.clone();
      await Promise.all([endless.body.cancel(1), other.body.cancel(2)]);
      return [seen, cancelled]; })()`),
    [['e', 'e'], [1, 2]],
  );
});

test('Request: what it refuses', async () => {
  for (const init of [
    `{ priority: 'urgent' }`,
    `{ window: 'x' }`,
    `{ duplex: 'full' }`,
    `{ referrer: 'relative' }`,
    `{ cache: 'only-if-cached' }`,
    `{ cache: 'only-if-cached', mode: 'cors' }`,
    `{ mode: 'no-cors', method: 'PUT' }`,
  ]) {
    await throws(`new Request('http://a.example/', ${init})`);
  }
  assert.deepEqual(
    await json(`[{ priority: 'high' }, { window: null }, { duplex: 'half' }, { referrer: 'http://b.example/' },
      { cache: 'only-if-cached', mode: 'same-origin' }, { referrer: '' }].map((init) =>
        new Request('http://a.example/', init).referrer)`),
    ['about:client', 'about:client', 'about:client', 'http://b.example/', 'about:client', ''],
  );
});

test('Response.redirect takes redirect statuses only', async () => {
  for (const status of [200, 300, 304, 305, 306, 309, 0, -301, 65837]) {
    await throws(`Response.redirect('http://a.example/', ${status})`, 'RangeError');
  }
  for (const status of [301, 302, 303, 307, 308]) {
    assert.equal(await run(`return Response.redirect('http://a.example/', ${status}).status`), status);
  }
});

test('AbortSignal.any: one event, one reason', async () => {
  assert.deepEqual(
    await json(`(() => { const a = new AbortController(), b = new AbortController(); let events = 0;
      const any = AbortSignal.any([a.signal, b.signal]); const nested = AbortSignal.any([any, b.signal]);
      any.addEventListener('abort', () => events++); nested.onabort = () => events++;
      a.abort(1); b.abort(2); return [events, any.reason, nested.reason]; })()`),
    [2, 1, 1],
  );
  assert.deepEqual(
    await json(`(() => { const a = new AbortController(); let events = 0;
      const r = new Request('http://a.example/', { signal: a.signal });
      const listener = () => events++; r.signal.addEventListener('abort', listener);
      r.signal.removeEventListener('abort', listener); r.clone().signal.addEventListener('abort', listener);
      a.abort(3); return [events, r.signal.reason]; })()`),
    [1, 3],
  );
});

test('Event.initEvent, TextDecoderStream, console', async () => {
  assert.deepEqual(
    await json(`(() => { const e = new Event('a', { cancelable: true }); e.preventDefault(); e.initEvent('b', true);
      return [e.type, e.bubbles, e.cancelable, e.defaultPrevented]; })()`),
    ['b', true, false, false],
  );
  await throws(`new Event('a').initEvent()`);
  assert.equal(
    await run(`const s = new TextDecoderStream(); const w = s.writable.getWriter(); const r = s.readable.getReader();
      r.read().catch(() => {}); return w.write(undefined).then(() => 'taken', (e) => e.name);`),
    'TypeError',
  );
  assert.equal(
    await run(`const s = new TextDecoderStream(); const w = s.writable.getWriter(); const bytes = new Uint8Array([65]);
      structuredClone(bytes.buffer, { transfer: [bytes.buffer] }); w.write(bytes); w.write(new Uint8Array([66])); w.close();
      let text = ''; for await (const part of s.readable) text += part; return text;`),
    'B',
  );
  assert.deepEqual(await json(`[console.dir.length, console.table.length, console.clear.length]`), [0, 0, 0]);
});

test('Headers of an object with an iterator of its own', async () => {
  assert.deepEqual(
    await json(`(() => { const h = new Headers({ a: '1' }); h[Symbol.iterator] = function* () { yield ['b', '2']; };
      return [...new Headers(h).entries()]; })()`),
    [['b', '2']],
  );
});

test('Headers of a record: all is converted before a name is looked at', async () => {
  assert.deepEqual(
    await json(`(() => { const seen = []; const record = { get 'bad name'() { seen.push(1); return 'a'; },
      get b() { seen.push(2); return { toString() { seen.push(3); return 'c'; } }; } };
      try { new Headers(record); } catch (e) { seen.push(e.name); } return seen; })()`),
    [1, 2, 3, 'TypeError'],
  );
  await throws(`new Headers({ 'ü\u0100': 'a' })`);
  await throws(`new Headers([['a', '\u0100']])`);
  await throws(`new Headers([['a', 'b'], ['c']])`);
});

test('an async iterator of a stream inherits from the one of the engine', async () => {
  assert.equal(
    await run(`const own = Object.getPrototypeOf(Object.getPrototypeOf(async function* () {}).prototype);
      const it = new ReadableStream()[Symbol.asyncIterator]();
      return Object.getPrototypeOf(Object.getPrototypeOf(it)) === own;`),
    true,
  );
});

test('a body stream of something else than bytes breaks, and the log says why', async () => {
  for (const chunk of [`'text'`, '1', 'null', '{}', '[1]', 'new Uint16Array(1)', 'new ArrayBuffer(1)', 'undefined']) {
    const one = startWorker();
    const exchange = await one.request(
      `() => new Response(new ReadableStream({ start(c) { c.enqueue(new Uint8Array([65])); c.enqueue(${chunk}); } }))`,
      { kind: 'handler' },
    );
    assert.equal(exchange.streamed, 'A');
    assert.match(exchange.streamEnd.error, /Received non-Uint8Array chunk/, chunk);
    assert.equal(one.logs.length, 1, chunk);
    assert.match(one.logs[0].text, /BRINK_SCRIPT_ERROR.* TypeError: Received non-Uint8Array chunk/, chunk);
  }
  const one = startWorker();
  await one.request(
    `() => new Response(new ReadableStream({ start(c) { c.enqueue(new Uint8Array(1)); }, pull(c) { c.error(new RangeError('mine')); } }))`,
    { kind: 'handler' },
  );
  assert.match(one.logs[0].text, /BRINK_SCRIPT_ERROR.* RangeError: mine/);
});

test('a failed fetch is told with its cause, code and target, and the line that made it', async () => {
  for (const answer of [
    (one, fetch) => one.callbacks.onFetchError(fetch.id, 'BRINK_FETCH_FORBIDDEN', 'not allowed'),
  ]) {
    const one = startWorker();
    one.onFetch = (fetch) => answer(one, fetch);
    const entry = one.load(
      one.run(`(async function handler() {
        async function load() { return await fetch('http://a.example/x?key=secret'); }
        return await load();
      })`),
      'handler',
    );
    const { fail } = await one.request(entry);
    assert.equal(
      fail.message,
      'TypeError: fetch failed; cause: Error: not allowed (GET http://a.example/x) (BRINK_FETCH_FORBIDDEN)',
    );
    assert.match(fail.stack, /^TypeError: fetch failed\n/);
    assert.match(fail.stack, /at .*load .*evalmachine/);
    assert.match(fail.stack, /\[cause\]: Error: not allowed \(GET http:\/\/a\.example\/x\) \(BRINK_FETCH_FORBIDDEN\)/);
    assert.equal(fail.code, 'BRINK_SCRIPT_ERROR');
  }
});

test('an uncaught limit of the request has its own code', async () => {
  for (const code of ['BRINK_SUBREQUEST_LIMIT', 'BRINK_STREAM_LIMIT']) {
    const one = startWorker();
    one.onFetch = (fetch) => one.callbacks.onFetchError(fetch.id, code, 'too many');
    const { fail } = await one.request(`() => fetch('http://a.example/')`, { kind: 'handler' });
    assert.equal(fail.code, code);
  }
  const timers = startWorker({ override: { timerStart: () => false } });
  const { fail } = await timers.request(`() => { setTimeout(() => {}, 1); }`, { kind: 'handler' });
  assert.equal(fail.code, 'BRINK_TIMER_LIMIT');
});

test('a body that breaks off has a cause with its code', async () => {
  const one = startWorker();
  const body = new Incoming(['some'], { error: 'BRINK_ORIGIN_CLOSED: the origin went away' });
  one.onFetch = (fetch) => one.answerFetch(fetch, { body });
  const exchange = await one.request(
    `async () => Response.json(await (await fetch('http://a.example/')).text().catch((e) => [e.name, e.cause.code]))`,
    { kind: 'handler' },
  );
  assert.deepEqual(JSON.parse(exchange.respond.body), ['TypeError', 'BRINK_ORIGIN_CLOSED']);
});
