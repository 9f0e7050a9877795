// Content codings of fetched bodies: decoded for who reads, untouched for who passes on.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import zlib from 'node:zlib';
import { Incoming, PASS_THROUGH, startWorker, STREAM } from './natives-node.mjs';

const text = 'what the origin said, '.repeat(50);
const ENCODE = {
  gzip: zlib.gzipSync,
  'x-gzip': zlib.gzipSync,
  deflate: zlib.deflateSync,
  br: zlib.brotliCompressSync,
  zstd: zlib.zstdCompressSync,
};

function answering(contentEncoding, body, more = {}) {
  const worker = startWorker();
  worker.onFetch = (fetch) => {
    worker.seen = fetch;
    worker.answerFetch(fetch, {
      headers: ['content-encoding', contentEncoding, 'content-length', `${body.length}`, 'x-a', '1'],
      body: new Incoming([body]),
      ...more,
    });
  };
  return worker;
}

const run = (worker, body, acceptEncoding = 'gzip, br') =>
  worker.request(`async (request) => { ${body} }`, {
    kind: 'handler',
    headers: acceptEncoding === undefined || acceptEncoding === null ? [] : ['accept-encoding', acceptEncoding],
  });

test('every coding is taken off, and the headers stay', async () => {
  for (const [coding, encode] of Object.entries(ENCODE)) {
    const body = encode(text);
    const exchange = await run(
      answering(coding, body),
      `const r = await fetch('http://a.example/'); const length = r.headers.get('content-length');
       return Response.json([await r.text(), r.headers.get('content-encoding'), length]);`,
    );
    assert.deepEqual(JSON.parse(exchange.respond.body), [text, coding, `${body.length}`], coding);
  }
});

test('every way of reading is decoded', async () => {
  for (const [way, expected] of [
    ['(await r.json()).a', 1],
    ['new TextDecoder().decode(await r.arrayBuffer())', '{"a":1}'],
    ['new TextDecoder().decode(await r.bytes())', '{"a":1}'],
    ['await (await r.blob()).text()', '{"a":1}'],
    ['await new Response(r.body).text()', '{"a":1}'],
    ['await r.clone().text()', '{"a":1}'],
    ['new TextDecoder().decode((await r.body.getReader().read()).value)', '{"a":1}'],
    [`new TextDecoder().decode((await r.body.getReader({ mode: 'byob' }).read(new Uint8Array(9))).value)`, '{"a":1}'],
  ]) {
    const exchange = await run(
      answering('gzip', zlib.gzipSync('{"a":1}')),
      `const r = await fetch('http://a.example/'); return Response.json(${way});`,
    );
    assert.equal(exchange.fail, undefined, `${way}: ${exchange.fail?.message}`);
    assert.deepEqual(JSON.parse(exchange.respond.body), expected, way);
  }
});

test('several codings, odd spellings, and codings that nobody knows', async () => {
  const gzip = zlib.gzipSync(text);
  for (const [header, body, expected] of [
    ['deflate, gzip', zlib.gzipSync(zlib.deflateSync(text)), text],
    [' GZip ', gzip, text],
    ['identity', Buffer.from(text), text],
    ['', Buffer.from(text), text],
    ['compress', Buffer.from(text), text],
    ['gzip, compress', Buffer.from(text), text],
    ['gzip', Buffer.alloc(0), ''],
  ]) {
    const exchange = await run(
      answering(header, body),
      `return Response.json(await (await fetch('http://a.example/')).text());`,
    );
    assert.equal(JSON.parse(exchange.respond.body), expected, header);
  }
});

test('bytes that are not what they say reject, however they are read', async () => {
  for (const body of [Buffer.from('plain text'), zlib.gzipSync(text).subarray(0, 30)]) {
    for (const read of ['r.text()', 'r.body.getReader().read()', 'r.blob()']) {
      const exchange = await run(
        answering('gzip', body),
        `const r = await fetch('http://a.example/');
         return Response.json(await ${read}.then(() => 'read', (e) => [e.name, r.bodyUsed]));`,
      );
      assert.deepEqual(JSON.parse(exchange.respond.body), ['TypeError', true], read);
    }
  }
});

test('what nobody reads goes out as it came, with its header', async () => {
  for (const answer of [
    `return fetch('http://a.example/');`,
    `const r = await fetch('http://a.example/'); return new Response(r.body, r);`,
    `const r = await fetch('http://a.example/'); return new Response(r.body, { headers: r.headers });`,
    `const r = await fetch('http://a.example/'); const h = new Headers(r.headers); h.set('x-b', '2');
     return new Response(r.body, { headers: h });`,
  ]) {
    const exchange = await run(answering('br', zlib.brotliCompressSync(text)), answer);
    assert.equal(exchange.respond.kind, PASS_THROUGH, answer);
    assert.equal(exchange.header('content-encoding'), 'br', answer);
  }
});

test('a client that does not take the coding gets the body decoded', async () => {
  const pass = `return fetch('http://a.example/');`;
  for (const [accepted, passes] of [
    ['gzip', true],
    ['x-gzip', true],
    ['GZIP;q=0.1', true],
    ['*', true],
    ['br, *;q=0.5', true],
    ['deflate, gzip;q=1.0', true],
    [null, false],
    ['', false],
    ['br', false],
    ['identity', false],
    ['gzip;q=0', false],
    ['gzip; q=0.000', false],
    ['*;q=0', false],
    ['gzip;q=0, *', false],
    ['xgzip', false],
  ]) {
    const exchange = await run(answering('gzip', zlib.gzipSync(text)), pass, accepted);
    assert.equal(exchange.respond.kind, passes ? PASS_THROUGH : STREAM, `${accepted}`);
    assert.equal(exchange.header('content-encoding'), passes ? 'gzip' : undefined, `${accepted}`);
    if (!passes) assert.equal(exchange.streamed, text);
  }
  const both = () => answering('deflate, gzip', zlib.gzipSync(zlib.deflateSync(text)));
  assert.equal((await run(both(), pass, 'gzip, deflate')).respond.kind, PASS_THROUGH);
  assert.equal((await run(both(), pass, 'gzip')).respond.kind, STREAM);
});

test('what was read, or loses its header, goes out decoded and without it', async () => {
  for (const answer of [
    `return new Response(await r.text(), r);`,
    `return new Response(await r.text(), { headers: new Headers(r.headers) });`,
    `return new Response(r.body.pipeThrough(new TransformStream()), r);`,
    `const copy = r.clone(); await copy.text(); return r;`,
    `return new Response(r.body);`,
    `return new Response(r.body, { headers: { 'content-type': 'text/plain' } });`,
    `const out = new Response(r.body, r); out.headers.delete('content-encoding'); return out;`,
  ]) {
    const exchange = await run(
      answering('gzip', zlib.gzipSync(text)),
      `const r = await fetch('http://a.example/'); ${answer}`,
    );
    assert.equal(exchange.fail, undefined, `${answer} ${exchange.fail?.message}`);
    assert.equal(exchange.header('content-encoding'), undefined, answer);
    assert.equal(exchange.header('content-length'), undefined, answer);
    const sent = exchange.respond.kind === STREAM ? exchange.streamed : exchange.respond.body;
    assert.equal(sent, text, answer);
  }
});

test('a coding that the script sets itself is its own affair', async () => {
  const exchange = await run(
    answering('gzip', zlib.gzipSync(text)),
    `const r = await fetch('http://a.example/'); const out = new Response('br bytes', r);
     out.headers.set('content-encoding', 'br'); return out;`,
  );
  assert.equal(exchange.header('content-encoding'), 'br');
});

test('the body of one fetch as the body of another', async () => {
  const send = async (init) => {
    const worker = startWorker();
    const seen = [];
    worker.onFetch = (fetch) => {
      seen.push(fetch);
      const body = new Incoming([zlib.gzipSync(text)]);
      worker.answerFetch(fetch, { headers: ['content-encoding', 'gzip'], body });
    };
    await run(
      worker,
      `const r = await fetch('http://a.example/');
       await fetch('http://b.example/', { method: 'POST', duplex: 'half', body: r.body, ${init} });
       await new Promise((resolve) => setTimeout(resolve, 20)); return new Response();`,
    );
    return seen[1];
  };
  const passed = await send('headers: r.headers');
  assert.equal(passed.kind, PASS_THROUGH);
  assert.deepEqual(passed.headers, ['content-encoding', 'gzip']);
  const decoded = await send('');
  assert.equal(decoded.kind, STREAM);
  assert.equal(Buffer.concat(decoded.chunks).toString(), text);
});

test('HEAD, null body statuses and the bodies of clients are left alone', async () => {
  const head = await run(
    answering('gzip', Buffer.from('')),
    `return Response.json(await (await fetch('http://a.example/', { method: 'HEAD' })).text());`,
  );
  assert.equal(JSON.parse(head.respond.body), '');
  for (const status of [204, 205, 304]) {
    const worker = answering('gzip', Buffer.from('x'), { status });
    const none = await run(
      worker,
      `return Response.json((await fetch('http://a.example/')).body === null);`,
    );
    assert.equal(JSON.parse(none.respond.body), true, `${status}`);
    assert.equal(worker.seen.incoming.cancelled, true);
  }
  const worker = startWorker();
  const own = await worker.request(`async (request) => new Response(await request.text())`, {
    kind: 'handler',
    method: 'POST',
    headers: ['content-encoding', 'gzip'],
    body: 'as it is',
  });
  assert.equal(own.respond.body, 'as it is');
});

test('integrity', async () => {
  const ask = async (integrity, body = 'content') => {
    const worker = startWorker();
    worker.onFetch = (fetch) => worker.answerFetch(fetch, { body });
    const exchange = await run(
      worker,
      `return Response.json(await fetch('http://a.example/', { integrity: '${integrity}' }).then(
        (r) => r.text(), (e) => [e.name, e.message]));`,
    );
    return JSON.parse(exchange.respond.body);
  };
  const right = 'sha256-7XACtDnprIRfIjV9giusFERzD722AW0+yUMil7nsn3M=';
  const refused = ['TypeError', 'fetch failed'];
  assert.equal(await ask(right), 'content');
  assert.equal(await ask(`sha1-x ${right} sha256-AAAA`), 'content');
  assert.equal(await ask(right.replace('+', '-').replace('=', '')), 'content');
  assert.equal(await ask('md5-x'), 'content');
  assert.equal(await ask(`${right}?option`), 'content');
  assert.deepEqual(await ask(right, 'other'), refused);
  assert.deepEqual(await ask('sha256-AAAA'), refused);
  // The strongest counts alone.
  assert.deepEqual(await ask(`${right} sha512-AAAA`), refused);
});
