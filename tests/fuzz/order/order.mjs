// The order fuzzer: a real front, built with the sanitizers, whose worker says well-formed messages in random
// order (order_worker.cc), while clients and the origin act at random as well. Wrong is: the front ends, a
// sanitizer complains, a request that no script touches goes unanswered, or SIGTERM does not end it.
//
//   node tests/fuzz/order/order.mjs --brink FILE --worker FILE [--seconds N] [--seed N]
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';

const { values: options } = parseArgs({
  options: {
    brink: { type: 'string' }, worker: { type: 'string' },
    seconds: { type: 'string', default: '60' }, seed: { type: 'string' },
  },
});
const seconds = Number(options.seconds);
const seed = Number(options.seed ?? Date.now() % 1_000_000);
const kClients = 24;
const kPatience_ms = 15_000;

let state = seed >>> 0 || 1;
function random() { // mulberry32: the same acts for the same seed, as far as the machine's timing lets them be
  state = (state + 0x6d2b79f5) >>> 0;
  let mixed = Math.imul(state ^ (state >>> 15), state | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
}
const pick = (list) => list[Math.floor(random() * list.length)];
const moment = (most_ms) => new Promise((resolve) => { setTimeout(resolve, random() * most_ms); });

const answer = (status, body, ...fields) =>
  [`HTTP/1.1 ${status} Some`, `Content-Length: ${body.length}`, ...fields, '', body].join('\r\n');

/** Answers by path, whatever it has read of the request by then; a few times it just goes away. */
async function serve(socket) {
  let text = '';
  socket.on('error', () => {});
  socket.on('data', (bytes) => {
    text = (text + bytes.toString('latin1')).slice(-20_000);
    const head = /^(GET|POST|HEAD|PUT) (\S+) HTTP/m.exec(text);
    if (!head) return;
    text = '';
    reply(socket, new URL(head[2], 'http://o').pathname);
  });
}

async function reply(socket, where) {
  if (random() < 0.3) await moment(30);
  if (socket.destroyed) return;
  switch (where) {
    case '/early': socket.write(answer(200, 'early')); break;
    case '/303': socket.write(answer(303, '', 'Location: /quick')); break;
    case '/307': socket.write(answer(307, '', 'Location: /quick')); break;
    case '/reset': socket.resetAndDestroy(); break;
    case '/never': break;
    case '/interim':
      for (let i = 0; i < 4; i++) socket.write('HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n');
      socket.write(answer(200, 'after hints'));
      break;
    case '/slow': await moment(300); socket.write(answer(200, 'slow')); break;
    case '/stream':
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
      for (let i = 0; i < 20 && !socket.destroyed; i++) {
        socket.write(`2000\r\n${'s'.repeat(0x2000)}\r\n`);
        await moment(5);
      }
      if (random() < 0.2) socket.destroy();
      else socket.write('0\r\n\r\n');
      break;
    default: socket.write(answer(200, 'quick'));
  }
}

/** One connection with a request or two, sent in pieces, which stays, reads slowly, or leaves. */
async function client(port, origin) {
  const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: random() < 0.3 });
  const closed = new Promise((resolve) => { socket.on('close', resolve); });
  socket.on('error', () => {});
  if (random() < 0.8) socket.resume();
  for (let requests = 1 + Math.floor(random() * 3); requests > 0 && !socket.destroyed; requests--) {
    const size = random() < 0.6 ? Math.floor(random() * 150_000) : 0;
    const where = pick(['/mw/x', '/api/x', '/api/x', '/mw/y', '/other']);
    const head = `${size > 0 ? 'POST' : pick(['GET', 'GET', 'HEAD'])} ${where} HTTP/1.1\r\nHost: x\r\n`
      + `X-Origin: ${origin}\r\n`;
    const chunked = size > 0 && random() < 0.3;
    if (size === 0) socket.write(`${head}\r\n`);
    else if (chunked) socket.write(`${head}Transfer-Encoding: chunked\r\n\r\n`);
    else socket.write(`${head}Content-Length: ${size}\r\n\r\n`);
    for (let sent = 0; sent < size && !socket.destroyed;) {
      const piece = Math.min(size - sent, 1 + Math.floor(random() * 60_000));
      const bytes = 'c'.repeat(piece);
      socket.write(chunked ? `${piece.toString(16)}\r\n${bytes}\r\n` : bytes);
      sent += piece;
      if (random() < 0.5) await moment(15);
      if (random() < 0.05) break;
    }
    if (chunked && !socket.destroyed) socket.write('0\r\n\r\n');
    await moment(60);
  }
  switch (pick(['end', 'destroy', 'reset', 'wait', 'wait'])) {
    case 'end': socket.end(); break;
    case 'destroy': socket.destroy(); break;
    case 'reset': socket.resetAndDestroy(); break;
    default: await Promise.race([closed, moment(400)]);
  }
  await moment(100);
  socket.destroy();
}

function get(port, where) {
  return new Promise((resolve, reject) => {
    const request = http.get({ port, host: '127.0.0.1', path: where, agent: false, timeout: kPatience_ms });
    request.on('response', (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode));
      response.on('error', reject);
    });
    request.on('timeout', () => request.destroy(new Error(`no answer within ${kPatience_ms} ms`)));
    request.on('error', reject);
  });
}

async function main() {
  const origin = net.createServer({ allowHalfOpen: false }, serve).listen(0, '127.0.0.1');
  await new Promise((resolve) => { origin.once('listening', resolve); });
  const originUrl = `http://127.0.0.1:${origin.address().port}`;
  const app = fs.mkdtempSync(path.join(os.tmpdir(), 'brink-order-'));
  const files = {
    'middleware.js': 'export default () => {}', 'pages/api/x.js': 'export default () => {}',
    'brink.json': JSON.stringify({
      origin: originUrl, workers: 2,
      egress: { allow: [new URL(originUrl).host] },
      limits: { wall_ms: 1500, subrequests: 500, streams: 40, request_body_bytes: 100_000 },
      timeouts: { drain_ms: 2000, client_body_ms: 1500, origin_body_ms: 1500, origin_response_ms: 1500 },
    }),
  };
  for (const [name, text] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(app, name)), { recursive: true });
    fs.writeFileSync(path.join(app, name), text);
  }
  const brink = spawn(options.brink,
    ['serve', app, '--listen', '127.0.0.1:0', '--access-log', 'off'], {
      env: {
        ...process.env, BRINK_WORKER: options.worker, BRINK_ORDER_SEED: String(seed),
        ASAN_OPTIONS: 'detect_leaks=0:detect_stack_use_after_return=1',
        UBSAN_OPTIONS: 'halt_on_error=1:print_stacktrace=1',
      },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  let log = '';
  let all = 0;
  let ended = null;
  let kills = 0;
  brink.stderr.on('data', (bytes) => {
    kills += bytes.toString('latin1').split('worker ended').length - 1;
    all += bytes.length;
    log = (log + bytes).slice(-60_000);
  });
  brink.on('exit', (code, signal) => { ended = signal ?? code; });
  const failed = (why) => {
    console.error(log.split('\n').slice(-120).join('\n'));
    console.error(`order: ${why}; once more: --seed ${seed}`);
    if (ended === null) brink.kill('SIGKILL');
    process.exit(1);
  };
  let port;
  for (let i = 0; port === undefined; i++) {
    port = /http:\/\/127\.0\.0\.1:(\d+)(?=[\s,])/.exec(log)?.[1];
    if (ended !== null || i > 3000) failed('brink did not start');
    await moment(20);
  }
  const until = Date.now() + seconds * 1000;
  let requests = 0;
  const clients = Array.from({ length: kClients }, async () => {
    while (Date.now() < until && ended === null) {
      await client(port, originUrl);
      requests += 1;
    }
  });
  while (Date.now() < until) {
    await moment(500);
    if (ended !== null) failed(`the front ended (${ended})`);
    await get(port, '/plain').catch((error) => failed(`a plain request failed: ${error.message}`));
  }
  await Promise.all(clients);
  brink.kill('SIGTERM');
  for (const late = Date.now() + kPatience_ms; ended === null;) {
    if (Date.now() > late) failed('SIGTERM did not end it');
    await moment(40);
  }
  if (/ERROR: AddressSanitizer|runtime error: /.test(log)) failed('a sanitizer complained');
  if (ended !== 'SIGTERM' && ended !== 0 && ended !== 143) failed(`it ended with ${ended}`);
  fs.rmSync(app, { recursive: true });
  origin.close();
  console.log(`order: ${requests} clients, ${kills} workers ended, ${all >> 10} KiB of log, seed ${seed}`);
  process.exit(0);
}

await main();
