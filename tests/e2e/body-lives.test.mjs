// Bodies handed to anything: whose body it is, who hands it on, and what happens to either end of it while
// it is on its way. Every combination has one right outcome, the front and the worker live through all.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { startBrink } from './lib/brink.mjs';
import { rawOrigin } from './lib/origin.mjs';
import { RawConnection } from './lib/raw.mjs';
import { until, within } from './lib/wait.mjs';

const limits = { timeout: 120_000 };
const kPiece = 20_000;
const kPieces = 3;
const kSize = kPiece * kPieces;

/** What middleware and handler run, as the query says; `origin` is where all of it goes. */
const run = (origin) => `
  const piece = new Uint8Array(${kPiece}).fill(115);
  function slowStream() {
    let left = ${kPieces};
    return new ReadableStream({
      async pull(controller) {
        await new Promise((resolve) => setTimeout(resolve, 10));
        if (left-- > 0) controller.enqueue(piece);
        else controller.close();
      },
    });
  }
  function bodyOf(source, request) {
    if (source === 'request') return request.body;
    if (source === 'piped') return request.body.pipeThrough(new TransformStream());
    return slowStream();
  }
  export async function run(query, request) {
    try {
      const source = query.get('source');
      if (query.has('late')) await new Promise((resolve) => setTimeout(resolve, 50));
      const body = source === 'fetch'
        ? (await fetch('${origin}/source?id=' + query.get('id'))).body : bodyOf(source, request);
      const url = '${origin}/' + query.get('event') + '?id=' + query.get('id');
      const response = await fetch(url, { method: 'POST', body, duplex: 'half' });
      if (query.get('how') === 'return') return response;
      if (query.get('how') === 'cancel') {
        await response.body.cancel();
        return new Response('cancelled ' + response.status);
      }
      return new Response('got ' + response.status + ' ' + await response.text());
    } catch (error) {
      console.log('failed', query.get('id'), error.cause?.code ?? String(error));
      return new Response('failed ' + (error.cause?.code ?? error));
    }
  }`;

const app = (origin) => ({
  'run.js': run(origin),
  'middleware.js': `import { NextResponse } from 'next/server';
    import { run } from './run.js';
    export const config = { matcher: '/mw/:path*' };
    export default async (request, event) => {
      const query = request.nextUrl.searchParams;
      const work = run(query, request);
      if (query.get('then') === 'next') await work;
      else if (query.get('then') === 'answer') return work;
      else event.waitUntil(work);
      return query.get('then') === 'at-once' ? new Response('at once') : NextResponse.next();
    };`,
  'pages/api/run.js': `import { run } from '../../run.js';
    export default async (request, event) => {
      const query = new URL(request.url).searchParams;
      const work = run(query, request);
      if (query.get('then') === 'answer') return work;
      event.waitUntil(work);
      return new Response('at once');
    };`,
  'kept.js': `export const kept = {};`,
  'pages/api/keep.js': `import { kept } from '../../kept.js';
    export default async (request) => {
      kept.request = request;
      console.log('kept');
      await new Promise((resolve) => { kept.release = resolve; });
      return new Response('kept'); };`,
  'pages/api/use.js': `import { kept } from '../../kept.js';
    export default async (request) => {
      const { body } = kept.request;
      const response = request.url.endsWith('respond') ? new Response(body)
        : await fetch('${origin}/ok?id=use', { method: 'POST', body, duplex: 'half' });
      const text = await response.clone().text();
      kept.release();
      return new Response(text); };`,
  'pages/api/alive.js': `export default () => new Response('alive');`,
});

/** Reads a body by hand, so that it can be told what of it has come: calls `seen` with the sum so far. */
async function readAll(connection, head, seen) {
  let bytes = 0;
  if (head.headers['content-length']) {
    const length = Number(head.headers['content-length'][0]);
    while (bytes < length) {
      await connection.wait((b) => (b.length > 0 ? true : undefined), 'a body');
      bytes += connection.take(connection.buffer.length).length;
      seen(bytes);
    }
    return bytes;
  }
  for (;;) {
    const size = parseInt(await connection.readUntil('\r\n'), 16);
    await connection.readBytes(size + 2);
    if (size === 0) return bytes;
    bytes += size;
    seen(bytes);
  }
}

const answer = (status, text, ...fields) =>
  [`HTTP/1.1 ${status} Some`, `Content-Length: ${text.length}`, ...fields, '', text].join('\r\n');

/** The origin: what it does with a POST is its path. `calls`: id -> what it saw of that request. */
async function startOrigin(t) {
  const calls = new Map();
  const origin = await rawOrigin(t, async (connection) => {
    for (;;) {
      let head;
      try {
        head = await connection.readHead();
      } catch {
        return;
      }
      const url = new URL(head.start.split(' ')[1], 'http://o');
      const call = { bytes: 0, whole: false, broken: false };
      calls.set(`${url.pathname.slice(1)} ${url.searchParams.get('id')}`, call);
      const has_body = 'content-length' in head.headers || 'transfer-encoding' in head.headers;
      const rest = () => readAll(connection, head, (bytes) => { call.bytes = bytes; })
        .then(() => { call.whole = true; }, () => { call.broken = true; });
      switch (url.pathname) {
        case '/source':
          connection.write(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n`);
          for (let i = 0; i < kPieces; i++) {
            connection.write(`${kPiece.toString(16)}\r\n${'o'.repeat(kPiece)}\r\n`);
            await new Promise((resolve) => { setTimeout(resolve, 10); });
          }
          connection.write('0\r\n\r\n');
          break;
        case '/early':
          connection.write(answer(200, 'early'));
          await rest();
          break;
        case '/early-stream': // its answer lasts as long as the request
          connection.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n');
          await rest();
          if (call.broken) return connection.destroy();
          connection.write(`8\r\n of ${String(call.bytes).padStart(4, '0').slice(0, 4)}\r\n0\r\n\r\n`);
          break;
        case '/302': case '/303': case '/307':
          connection.write(answer(url.pathname.slice(1), 'moved', `Location: /moved${url.search}`));
          await rest();
          break;
        case '/413':
          connection.write(answer(413, 'no'));
          await rest();
          break;
        case '/reset':
          connection.destroy({ reset: true });
          return;
        default:
          if (has_body) await rest();
          if (call.broken) return connection.destroy();
          connection.write(answer(200, `${head.start.split(' ')[0]} ${call.bytes}`));
      }
    }
  });
  return { origin, calls };
}

let last = 0;

/**
 * One combination: sends the head and a third of the body, the rest when the origin has seen the request
 * (or a moment later, where it never does). Resolves with the answer, or null where the client left.
 */
async function send({ brink, calls }, place, query, { leave = false } = {}) {
  const id = String(++last);
  const search = new URLSearchParams({ ...query, id });
  const client = await RawConnection.connect(brink.url);
  client.write(`POST ${place}?${search} HTTP/1.1\r\nHost: x\r\nContent-Length: ${kSize}\r\n\r\n`);
  client.write('c'.repeat(kPiece));
  const call = await until(() => calls.get(`${query.event} ${id}`), `the origin to get ${query.event} ${id}`);
  if (leave) {
    client.destroy({ reset: leave === 'reset' });
    return { answer: null, call, id };
  }
  for (let i = 1; i < kPieces; i++) {
    client.write('c'.repeat(kPiece));
    await new Promise((resolve) => { setImmediate(resolve); });
  }
  const answered = await within(client.readMessage(), `${place}?${search}`);
  client.destroy();
  return { answer: answered, call, id };
}

const outcomes = {
  ok: [`got 200 POST ${kSize}`, `POST ${kSize}`],
  early: ['got 200 early', 'early'],
  'early-stream': [`got 200 first of ${String(kSize).slice(0, 4)}`, `first of ${String(kSize).slice(0, 4)}`],
  302: ['got 200 GET 0', 'GET 0'],
  303: ['got 200 GET 0', 'GET 0'],
  307: ['failed BRINK_FETCH_REDIRECT', 'failed BRINK_FETCH_REDIRECT'],
  413: ['got 413 no', 'no'],
  reset: ['failed BRINK_ORIGIN_CLOSED', 'failed BRINK_ORIGIN_CLOSED'],
};
const sources = ['request', 'piped', 'stream', 'fetch'];

describe('a body given to fetch()', () => {
  const cleanUps = [];
  const t = { after: (work) => cleanUps.unshift(work) };
  let world;

  before(async () => {
    const { origin, calls } = await startOrigin(t);
    const brink = await startBrink(t, {
      origin, reach: [origin], files: app(origin.url),
      config: { limits: { wall_ms: 20_000, cpu_ms: 2000 } },
    });
    world = { brink, calls };
  });
  after(async () => {
    for (const work of cleanUps) await work();
  });

  /** The front, and the worker that ran it all, are there still. */
  async function allIsWell() {
    assert.equal((await world.brink.get('/api/alive')).text, 'alive');
    assert.equal(world.brink.exited, false);
    assert.doesNotMatch(world.brink.stderr, /worker ended|BRINK_WORKER/);
  }

  for (const source of sources) {
    for (const [event, [read, returned]] of Object.entries(outcomes)) {
      for (const place of ['/api/run', '/mw/run']) {
        test(`${source}, ${event}, ${place}: the answer is read, returned, cancelled`, limits, async () => {
          const query = { source, event, then: 'answer' };
          const [text, back, gone] = await Promise.all([
            send(world, place, { ...query, how: 'text' }),
            send(world, place, { ...query, how: 'return' }),
            send(world, place, { ...query, how: 'cancel' }),
          ]);
          assert.equal(text.answer.text, read);
          assert.equal(back.answer.text, returned);
          assert.match(gone.answer.text, /^(cancelled|failed)/);
          await allIsWell();
        });
        test(`${source}, ${event}, ${place}: waitUntil(), answered at once`, limits, async () => {
          const { answer: head, call } = await send(world, place, { source, event, then: 'at-once' });
          assert.equal(head.text, 'at once');
          if (event === 'ok') await until(() => call.whole, 'the whole body to come');
          await allIsWell();
        });
        test(`${source}, ${event}, ${place}: the client leaves`, limits, async () => {
          for (const leave of ['close', 'reset']) {
            for (const then of ['answer', 'at-once']) {
              const { call } = await send(world, place, { source, event, then }, { leave });
              const over = () => call.whole || call.broken || event === 'reset' || event === 'source';
              await until(over, `the request's body to end at the origin, ${then}`);
            }
          }
          await allIsWell();
        });
      }
      for (const then of ['next', 'next-at-once']) {
        test(`${source}, ${event}: the middleware goes on (${then})`, limits, async () => {
          const { answer: head, call } = await send(world, '/mw/through', { source, event, then });
          assert.equal(head.text, `POST ${kSize}`); // all of the client's body, whatever else became of it
          // A stream that the script makes of the request's body is pulled later than the middleware is through.
          const mayBreak = source === 'piped' && then === 'next-at-once';
          if (event === 'ok')
            await until(() => call.whole || (mayBreak && call.broken), 'the body to end');
          await allIsWell();
        });
      }
    }
  }

  test('after the answer the request\'s body is gone, which fetch() says', limits, async () => {
    for (const [place, then] of [['/api/run', 'at-once'], ['/mw/run', 'at-once'], ['/mw/x', 'next-at-once']]) {
      const query = new URLSearchParams({ source: 'request', event: 'ok', then, late: '', id: `late-${place}` });
      await world.brink.post(`${place}?${query}`, 'x'.repeat(1000));
      await world.brink.logged(new RegExp(`failed late-${place} BRINK_FETCH_BODY`));
    }
    await allIsWell();
  });

  test('a body of another request goes where it is given', limits, async () => {
    const { brink } = world;
    const kept = brink.post('/api/keep', 'body of the first');
    await brink.logged(/kept/);
    for (const [how, text] of [['respond', 'body of the first'], ['fetch', 'POST 17']]) {
      if (how === 'fetch') {
        brink.post('/api/keep', 'body of the first');
        await until(() => brink.stderr.split('kept').length > 2, 'the second to be kept');
      }
      assert.equal((await brink.post(`/api/use?how=${how}`, 'mine')).text, text);
    }
    assert.equal((await kept).text, 'kept');
    await allIsWell();
  });
});
