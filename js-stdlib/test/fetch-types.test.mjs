// Request, Response and the Body mixin without a network.
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

test('Response: defaults and init', async () => {
  assert.deepEqual(
    await json(`(({ status, statusText, ok, type, url, redirected, body, bodyUsed }) =>
    [status, statusText, ok, type, url, redirected, body, bodyUsed])(new Response())`),
    [200, '', true, 'default', '', false, null, false],
  );
  assert.deepEqual(
    await json(`[new Response('', { status: 404, statusText: 'No' }).ok,
    new Response(null, { status: 204 }).status]`),
    [false, 204],
  );
  for (const bad of ['{ status: 199 }', '{ status: 600 }', '{ status: "x" }']) {
    await throws(`new Response('', ${bad})`, 'RangeError');
  }
  await throws(`new Response('', { statusText: '\\n' })`);
  for (const status of [204, 205, 304]) await throws(`new Response('', { status: ${status} })`);
  await throws(`new Response('', 1)`);
});

test('Response: content types by body', async () => {
  const type = (body) => json(`new Response(${body}).headers.get('content-type')`);
  assert.equal(await type(`'x'`), 'text/plain;charset=UTF-8');
  assert.equal(await type(`1`), 'text/plain;charset=UTF-8');
  assert.equal(await type(`new Uint8Array(1)`), null);
  assert.equal(await type(`new Blob(['x'], { type: 'a/b' })`), 'a/b');
  assert.equal(await type(`new Blob(['x'])`), null);
  assert.equal(
    await type(`new URLSearchParams('a=1')`),
    'application/x-www-form-urlencoded;charset=UTF-8',
  );
  assert.match(
    await type(`new FormData()`),
    /^multipart\/form-data; boundary=----brinkFormBoundary\w{24}$/,
  );
  assert.equal(await type(`new ReadableStream()`), null);
  assert.equal(
    await json(
      `new Response('x', { headers: { 'Content-Type': 'a/b' } }).headers.get('content-type')`,
    ),
    'a/b',
  );
});

test('Response.json, redirect, error', async () => {
  assert.deepEqual(
    await json(`[await Response.json({ a: [1] }).text(),
    Response.json(1).headers.get('content-type'), Response.json(1, { status: 201 }).status,
    Response.json(1, { headers: { 'content-type': 'x/y' } }).headers.get('content-type')]`),
    ['{"a":[1]}', 'application/json', 201, 'x/y'],
  );
  await throws(`Response.json(undefined)`);
  await throws(`Response.json(1n)`);
  await throws(`Response.json(1, { status: 204 })`);
  assert.deepEqual(
    await json(`[Response.redirect('http://a.example/x').status,
    Response.redirect('http://a.example/x', 308).headers.get('location')]`),
    [302, 'http://a.example/x'],
  );
  await throws(`Response.redirect('http://a.example/', 200)`, 'RangeError');
  await throws(`Response.redirect('/relative')`);
  assert.deepEqual(await json(`[Response.error().type, Response.error().status]`), ['error', 0]);
});

test('Body: every form, from every source', async () => {
  const sources = [
    `'añ'`,
    `new TextEncoder().encode('añ')`,
    `new TextEncoder().encode('añ').buffer`,
    `new Blob(['añ'])`,
    `new Blob(['a', 'ñ']).stream()`,
    `new ReadableStream({ start(c) { c.enqueue(new Uint8Array([97, 195])); c.enqueue(new Uint8Array([177])); c.close(); } })`,
    `(() => { const r = new Response('añ'); r.body; return r.body; })()`,
  ];
  for (const source of sources) {
    assert.deepEqual(
      await json(`[await new Response(${source}).text(),
      [...new Uint8Array(await new Response(${source}).arrayBuffer())],
      [...await new Response(${source}).bytes()], (await new Response(${source}).blob()).size]`),
      ['añ', [97, 195, 177], [97, 195, 177], 3],
      source,
    );
  }
  assert.deepEqual(await json(`await new Response('{"a":1}').json()`), { a: 1 });
  assert.equal(await json(`await new Response('\\ufeffx').text()`), 'x');
  assert.equal(await json(`await new Response('\\ud800').text()`), '\ufffd');
  assert.equal(await json(`await new Response().text()`), '');
  assert.equal(await json(`(await new Response().arrayBuffer()).byteLength`), 0);
  await throws(`new Response('x').json()`, 'SyntaxError');
  await throws(`new Response().json()`, 'SyntaxError');
  await throws(`new Response(new ReadableStream({ start(c) { c.enqueue('x'); } })).text()`);
});

test('Body: bodyUsed, locks, disturbed streams', async () => {
  assert.deepEqual(
    await json(`await (async () => { const r = new Response('x'); const a = r.bodyUsed;
    await r.text(); return [a, r.bodyUsed]; })()`),
    [false, true],
  );
  await throws(`(async () => { const r = new Response('x'); await r.text(); await r.text(); })()`);
  await throws(
    `(async () => { const r = new Response('x'); r.body.getReader(); await r.text(); })()`,
  );
  await throws(
    `(async () => { const r = new Response('x'); await r.body.cancel(); await r.text(); })()`,
  );
  await throws(
    `(async () => { const s = new ReadableStream(); s.getReader(); new Response(s); })()`,
  );
  assert.equal(
    await json(`await (async () => { const r = new Response('x'); const g = r.body.getReader();
    await g.read(); return r.bodyUsed; })()`),
    true,
  );
  assert.equal(
    await json(`(() => { const r = new Response('x'); return r.body === r.body; })()`),
    true,
  );
});

test('Body: BYOB readers and async iteration', async () => {
  assert.deepEqual(
    await json(`await (async () => { const reader = new Response('hello').body.getReader({ mode: 'byob' });
    const { value } = await reader.read(new Uint8Array(3)); const b = await reader.read(new Uint8Array(8));
    const c = await reader.read(new Uint8Array(8)); return [[...value], [...b.value], c.done]; })()`),
    [[104, 101, 108], [108, 111], true],
  );
  assert.deepEqual(
    await json(`await (async () => { let n = 0; for await (const c of new Response('hello').body) n += c.length;
    return n; })()`),
    5,
  );
});

test('clone', async () => {
  assert.deepEqual(
    await json(`await (async () => { const r = new Response('x', { status: 201, headers: { a: '1' } });
    const c = r.clone(); c.headers.set('a', '2');
    return [await r.text(), await c.text(), r.headers.get('a'), c.status]; })()`),
    ['x', 'x', '1', 201],
  );
  assert.deepEqual(
    await json(`await (async () => { const r = new Response(new Blob(['abc']).stream());
    const c = r.clone(); return [await r.text(), await c.text()]; })()`),
    ['abc', 'abc'],
  );
  await throws(`(async () => { const r = new Response('x'); await r.text(); r.clone(); })()`);
  assert.deepEqual(
    await json(`await (async () => { const r = new Request('http://a.example/', { method: 'POST', body: 'x' });
    const c = r.clone(); return [await r.text(), await c.text(), c.method, c.url]; })()`),
    ['x', 'x', 'POST', 'http://a.example/'],
  );
});

test('Request: construction', async () => {
  assert.deepEqual(
    await json(`(({ method, url, redirect, cache, credentials, mode, referrer, integrity, keepalive,
    duplex, destination }) => [method, url, redirect, cache, credentials, mode, referrer, integrity, keepalive, duplex,
    destination])(new Request('HTTP://A.example/x#h'))`),
    [
      'GET',
      'http://a.example/x#h',
      'follow',
      'default',
      'same-origin',
      'cors',
      'about:client',
      '',
      false,
      'half',
      '',
    ],
  );
  assert.equal(await json(`new Request('http://a.example/', { method: 'post' }).method`), 'POST');
  assert.equal(await json(`new Request('http://a.example/', { method: 'patch' }).method`), 'patch');
  for (const bad of [
    `'/relative'`,
    `'http://u:p@a.example/'`,
    `'http://a.example/', { method: 'TRACE' }`,
    `'http://a.example/', { method: 'a b' }`,
    `'http://a.example/', { body: 'x' }`,
    `'http://a.example/', { redirect: 'x' }`,
    `'http://a.example/', { signal: {} }`,
    `'http://a.example/', { mode: 'navigate' }`,
    `'http://a.example/', 1`,
  ]) {
    await throws(`new Request(${bad})`);
  }
  assert.deepEqual(
    await json(`await (async () => { const a = new Request('http://a.example/', { method: 'POST', body: 'x',
    headers: { y: '1' } }); const b = new Request(a, { headers: { z: '2' } });
    return [b.method, a.bodyUsed, await b.text(), b.headers.get('y'), b.headers.get('z')]; })()`),
    ['POST', true, 'x', null, '2'],
  );
  assert.deepEqual(
    await json(`await (async () => { const a = new Request('http://a.example/', { method: 'POST',
    body: new Blob(['xy']).stream(), duplex: 'half' }); const b = new Request(a);
    return [a.bodyUsed, b.url, await b.text()]; })()`),
    [true, 'http://a.example/', 'xy'],
  );
});

test('Request: signals follow their source', async () => {
  assert.deepEqual(
    await json(`(() => { const c = new AbortController(); const r = new Request('http://a.example/',
    { signal: c.signal }); const d = new Request(r); const before = r.signal.aborted; c.abort('why');
    return [before, r.signal === c.signal, r.signal.aborted, d.signal.reason]; })()`),
    [false, false, true, 'why'],
  );
});

test('formData: urlencoded and multipart', async () => {
  assert.deepEqual(
    await json(`[...await new Response(new URLSearchParams('a=1&b=%C3%A9+x')).formData()]`),
    [
      ['a', '1'],
      ['b', 'é x'],
    ],
  );
  assert.deepEqual(
    await json(`await (async () => { const f = new FormData(); f.append('a', '1\\n2');
    f.append('n"\\r\\n', new File(['da', 'ta'], 'f"ile.txt', { type: 'text/x' })); f.append('e', '');
    const back = await new Response(f).formData(); const file = back.get('n"\\r\\n');
    return [back.get('a'), back.get('e'), file.name, file.type, await file.text(), file instanceof File]; })()`),
    ['1\r\n2', '', 'f"ile.txt', 'text/x', 'data', true],
  );
  assert.deepEqual(await json(`[...await new Response(new FormData()).formData()]`), []);
  const form = [
    '--B',
    'Content-Disposition: form-data; name="ünï"',
    '',
    'välue',
    '--B',
    'content-disposition: form-data; name=f; filename="a.bin"',
    'Content-Type: application/octet-stream',
    '',
    'bytes',
    '--B--',
    '',
  ].join('\r\n');
  assert.deepEqual(
    await json(`await (async () => { const f = await new Response(${JSON.stringify(form)},
    { headers: { 'content-type': 'multipart/form-data; boundary="B"' } }).formData();
    return [f.get('ünï'), f.get('f').name, f.get('f').size]; })()`),
    ['välue', 'a.bin', 5],
  );
  await throws(
    `new Response('x', { headers: { 'content-type': 'multipart/form-data; boundary=B' } }).formData()`,
  );
  await throws(
    `new Response('x', { headers: { 'content-type': 'multipart/form-data' } }).formData()`,
  );
  await throws(`new Response('x').formData()`);
});

test('brand checks', async () => {
  for (const access of [
    `Response.prototype.status`,
    `Request.prototype.url`,
    `Response.prototype.text.call({})`,
    `Request.prototype.clone.call({})`,
    `Response.prototype.body`,
  ])
    await throws(access);
  assert.deepEqual(
    await json(`[String(new Response()), String(new Request('http://a.example/')),
    Object.keys(globalThis).includes('Response'), Object.keys(globalThis).includes('fetch')]`),
    ['[object Response]', '[object Request]', false, true],
  );
});
