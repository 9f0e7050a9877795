// The sample shop: ./run starts and ends it, and each line it prints shows what it says.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import path from 'node:path';
import { test } from 'node:test';

import { executable } from './lib/brink.mjs';
import { repository } from './lib/files.mjs';
import { send } from './lib/http.mjs';
import { unusedPort } from './lib/origin.mjs';
import { descendants, endProcess, isAlive, ownProcess } from './lib/proc.mjs';
import { until } from './lib/wait.mjs';

const limits = { timeout: 120_000 };
const script = path.join(repository, 'sample-app/run');

function startShop(t, env) {
  const child = ownProcess(spawn(script, [], {
    env: { ...process.env, BRINK_BIN: executable, ...env }, stdio: ['ignore', 'pipe', 'pipe'],
  }));
  child.text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (bytes) => { child.text += bytes; });
  }
  t.after(() => endProcess(child, { grace_ms: 20_000 }));
  return child;
}

/** Runs a printed line as a person would, in a shell. */
async function runLine(line) {
  const child = spawn('bash', ['-c', line], { stdio: ['ignore', 'pipe', 'ignore'] });
  let text = '';
  child.stdout.on('data', (bytes) => { text += bytes; });
  const [code] = await once(child, 'close');
  assert.equal(code, 0, `${line}: exit code ${code}`);
  return text;
}

// In the order in which ./run prints its lines: what its comment claims, and what proves it.
const claims = [
  [/redirects to \/login/, /^HTTP\/1\.1 307[^]*\r\nlocation: [^\r]*\/login\?from=%2Fadmin\r\n/i],
  [/the origin's page, and the origin is told who asks/, /^HTTP\/1\.1 200[^]*x-request-id: [^]*Logged in as ada\./i],
  [/German page/, /<html lang="de">[^]*Emaillekessel[^]*request [0-9a-f-]{36}/],
  [/other home page; a cookie keeps it/, /^HTTP\/1\.1 200[^]*set-cookie: variant=b;[^]*data-variant="b"/i],
  [/dynamic segment/, /^\{"id":"kettle","name":"Enamel kettle",.*"price":39,"available":true\}$/],
  [/reshapes the answer/, /^\{"deals":\[\{"id":"kettle","name":"Enamel kettle","was":39,"now":31\.2\},.*\]\}$/],
  [/origin's own 404/, /^HTTP\/1\.1 404[^]*there is no product 'anvil'/],
  [/no script runs/, /^HTTP\/1\.1 200[^]*content-type: text\/css[^]*--accent/i],
];

test('the shop', limits, async (t) => {
  const PORT = await unusedPort();
  const ORIGIN_PORT = await unusedPort();
  const shop = startShop(t, { PORT, ORIGIN_PORT });
  await until(() => {
    if (shop.exitCode !== null) throw new Error(`run ended:\n${shop.text}`);
    return /closes the shop/.test(shop.text);
  }, 'the shop to open', { timeout_ms: 40_000 });
  const base = `http://127.0.0.1:${PORT}`;
  const lines = [...shop.text.matchAll(/^# (.*)\n(curl .*)$/gm)].map(([, claim, line]) => ({ claim, line }));

  await t.test('prints as many lines to try as are checked here', () => {
    assert.equal(lines.length, claims.length);
  });

  for (const [i, { claim, line }] of lines.entries()) {
    await t.test(`${line.replace(base, '...')}: ${claim}`, async () => {
      assert.match(claim, claims[i][0]);
      assert.match(await runLine(line), claims[i][1]);
    });
  }

  await t.test('a variant, once drawn, stays', async () => {
    for (const variant of ['a', 'b']) {
      for (let i = 0; i < 5; i++) {
        const response = await send(base, '/', { headers: { cookie: `variant=${variant}` } });
        assert.match(response.text, new RegExp(`data-variant="${variant}"`));
      }
    }
  });

  await t.test('both variants are drawn for new visitors', async () => {
    const seen = new Set();
    await until(async () => {
      const response = await send(base, '/');
      seen.add(/data-variant="(.)"/.exec(response.text)[1]);
      assert.match(response.headers['set-cookie'][0], /^variant=[ab];/);
      return seen.size === 2;
    }, 'both variants', { every_ms: 1 });
  });

  await t.test('the request id of the page and of its response are one', async () => {
    const response = await send(base, '/products');
    assert.ok(response.text.includes(`request ${response.headers['x-request-id']}`));
  });

  await t.test('a client cannot say who it is by a header', async () => {
    const response = await send(base, '/admin', { headers: { cookie: 'session=ada', 'x-user': 'root' } });
    assert.match(response.text, /Logged in as ada\./);
  });

  await t.test('shopping: cart, order, less in stock', async () => {
    const form = (target, body, cookie = '') => send(base, target, {
      method: 'POST', body, headers: { 'content-type': 'application/x-www-form-urlencoded', cookie },
    });
    const added = await form('/cart', 'product=lamp&language=de');
    assert.equal(added.status, 303);
    const cookie = added.headers['set-cookie'].find((c) => c.startsWith('cart=')).split(';')[0];
    const cart = await send(base, added.headers.location, { headers: { cookie } });
    assert.match(cart.text, /Schreibtischlampe[^]*84,50/);
    assert.equal((await form('/checkout', 'language=de', cookie)).headers.location, '/de/ordered');
    assert.equal((await send(base, '/api-origin/stock?product=lamp')).json().lamp, 2);
  });

  await t.test('login leads back to where one wanted to go', async () => {
    const response = await send(base, '/login', { method: 'POST', body: 'name=ada&from=%2Fadmin' });
    assert.equal(response.status, 303);
    assert.equal(response.headers.location, '/admin');
    assert.match(response.headers['set-cookie'].join('\n'), /^session=ada;/m);
  });

  await t.test('TERM ends both, by themselves', async () => {
    const family = descendants(shop.pid);
    assert.ok(family.length >= 3);
    shop.kill('SIGTERM');
    await once(shop, 'exit');
    assert.equal(shop.exitCode, 143);
    await until(() => !family.some(isAlive), 'all to end');
  });
});

test('a port that is taken', limits, async (t) => {
  const holder = net.createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  t.after(() => holder.close());
  const taken = holder.address().port;
  for (const env of [{ PORT: taken, ORIGIN_PORT: await unusedPort() },
    { PORT: await unusedPort(), ORIGIN_PORT: taken }]) {
    const shop = startShop(t, env);
    await once(shop, 'exit');
    assert.equal(shop.exitCode, 1);
    assert.match(shop.text, new RegExp(`port ${taken} of 127\\.0\\.0\\.1 is taken`));
  }
});
