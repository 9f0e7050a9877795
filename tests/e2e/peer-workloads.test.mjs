// The five workloads that brink is measured by, as cases to be right about, in front of nginx.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { startBrink } from './lib/brink.mjs';
import { nginxOrigin } from './lib/nginx.mjs';

const middleware = `
import { NextResponse } from 'next/server';

export default async function middleware(req) {
  const path = req.nextUrl.pathname;
  if (path === '/api/hello') return NextResponse.json({ hello: 'edge', path });
  if (path === '/api/echo' && req.method === 'POST') {
    const body = await req.json();
    body.edge = 1;
    return NextResponse.json(body);
  }
  const token = req.cookies.get('token');
  if (path.startsWith('/admin/') && !token) {
    return NextResponse.redirect(new URL('/login', req.url), 307);
  }
  const headers = new Headers(req.headers);
  if (token) headers.set('x-user', token.value);
  const res = NextResponse.next({ request: { headers } });
  res.headers.set('x-edge', '1');
  return res;
}
`;

test('the measured workloads', { timeout: 60_000 }, async (t) => {
  const page = 'p'.repeat(1024);
  const large = Buffer.alloc(1 << 20, 'q');
  const origin = await nginxOrigin(t, {
    files: { 'page.html': page, '1m.bin': large },
    server: 'add_header x-saw-user $http_x_user;',
  });
  const brink = await startBrink(t, { origin, files: { 'middleware.js': middleware } });

  await t.test('W1: answers JSON built from the URL', async () => {
    const response = await brink.get('/api/hello');
    assert.equal(response.status, 200);
    assert.match(response.headers['content-type'], /application\/json/);
    assert.deepEqual(response.json(), { hello: 'edge', path: '/api/hello' });
  });

  await t.test('W2: redirects who has no cookie', async () => {
    const response = await brink.get('/admin/x');
    assert.equal(response.status, 307);
    assert.match(response.headers.location, /\/login$/);
  });

  await t.test('W3: tells the origin who it is, and the client that it was here', async () => {
    const response = await brink.get('/page.html', { headers: { cookie: 'token=1' } });
    assert.equal(response.status, 200);
    assert.equal(response.text, page);
    assert.equal(response.headers['x-edge'], '1');
    assert.equal(response.headers['x-saw-user'], '1');
  });

  await t.test('W4: passes on 1 MiB', async () => {
    const response = await brink.get('/1m.bin');
    assert.equal(response.status, 200);
    assert.ok(response.body.equals(large));
    assert.equal(response.headers['x-edge'], '1');
  });

  await t.test('W5: parses 2 KiB of JSON, adds a field, answers', async () => {
    const items = Array.from({ length: 36 }, (_, id) => (
      { id, name: `item-${id}`, price: id * 1.25, tags: ['a', 'b'] }));
    const sent = { user: 'ada', note: 'n'.repeat(100), items };
    const response = await brink.post('/api/echo', JSON.stringify(sent), {
      headers: { 'content-type': 'application/json' },
    });
    assert.equal(response.status, 200);
    assert.deepEqual(response.json(), { ...sent, edge: 1 });
  });

  await t.test('all of them at once', async () => {
    const work = Array.from({ length: 200 }, async (_, i) => {
      if (i % 3 === 0) return (await brink.get('/api/hello')).status === 200;
      if (i % 3 === 1) return (await brink.get('/admin/x')).status === 307;
      return (await brink.get('/page.html', { headers: { cookie: `token=${i}` } }))
        .headers['x-saw-user'] === String(i);
    });
    assert.ok((await Promise.all(work)).every(Boolean));
  });
});
