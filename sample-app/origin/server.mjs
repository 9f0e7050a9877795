// The shop's origin: an HTTP server of its own that knows nothing of brink. It serves pages and an API.
//   node server.mjs      PORT and HOST say where (127.0.0.1:3000)
import { readFileSync } from 'node:fs';
import http from 'node:http';

import * as pages from './pages.mjs';
import { findProduct, products } from './products.mjs';

const host = process.env.HOST ?? '127.0.0.1';
const port = Number(process.env.PORT ?? 3000);
const style = readFileSync(new URL('style.css', import.meta.url));

function sendPage(request, response, language, title, main, { status = 200, headers = {} } = {}) {
  const requestId = request.headers['x-request-id'];
  const html = pages.layout(language, title, main, { requestId });
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8', 'content-length': Buffer.byteLength(html), ...headers,
  });
  response.end(html);
}

function sendJson(response, value, status = 200) {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(`${JSON.stringify(value, null, 2)}\n`);
}

function redirect(response, location, headers = {}) {
  response.writeHead(303, { location, ...headers }).end();
}

function cookies(request) {
  const pairs = (request.headers.cookie ?? '').split(/;\s*/).map((pair) => {
    const equals = pair.indexOf('=');
    return [pair.slice(0, equals), decode(pair.slice(equals + 1))];
  });
  return Object.fromEntries(pairs);
}

function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

async function readForm(request) {
  let text = '';
  for await (const piece of request) {
    text += piece;
    if (text.length > 10_000) throw Object.assign(new Error('the form is too large'), { status: 413 });
  }
  return new URLSearchParams(text);
}

const cartOf = (request) => (cookies(request).cart ?? '').split(',').map(findProduct).filter(Boolean);

async function post(request, response, path) {
  const form = await readForm(request);
  path = path.replace(/^\/de(?=\/)/, '');
  const prefix = form.get('language') === 'de' ? '/de' : '';
  if (path === '/cart') {
    const ids = [...cartOf(request).map((product) => product.id), form.get('product')].filter(findProduct);
    return redirect(response, `${prefix}/cart`, { 'set-cookie': `cart=${ids.join(',')}; Path=/; SameSite=Lax` });
  }
  if (path === '/checkout') {
    for (const product of cartOf(request)) product.stock = Math.max(0, product.stock - 1);
    return redirect(response, `${prefix}/ordered`, { 'set-cookie': 'cart=; Path=/; Max-Age=0' });
  }
  if (path === '/login') {
    // A shop to play with: any name will do, and the cookie is the name.
    const name = encodeURIComponent(form.get('name') || 'ada');
    const from = form.get('from') ?? '';
    return redirect(response, /^\/(?![/\\])/.test(from) ? from : '/admin',
      { 'set-cookie': `session=${name}; Path=/; HttpOnly; SameSite=Lax` });
  }
  return sendJson(response, { error: 'this path takes no POST' }, 405);
}

function api(response, path, query) {
  const id = path.split('/')[3];
  if (path === '/api-origin/products') return sendJson(response, products);
  if (path.startsWith('/api-origin/products/')) {
    const product = findProduct(id);
    if (!product) return sendJson(response, { error: `there is no product '${id}'` }, 404);
    return sendJson(response, product);
  }
  if (path === '/api-origin/stock') {
    const wanted = query.get('product');
    const shown = products.filter((product) => !wanted || product.id === wanted);
    return sendJson(response, Object.fromEntries(shown.map((product) => [product.id, product.stock])));
  }
  return sendJson(response, { error: 'there is no such API' }, 404);
}

function page(request, response, path, query) {
  const language = path === '/de' || path.startsWith('/de/') ? 'de' : 'en';
  const local = language === 'de' ? path.slice(3) || '/' : path;
  const send = (title, main, options) => sendPage(request, response, language, title, main, options);
  const product = /^\/products\/([^/]+)$/.exec(local);

  if (local === '/') return send('Home', pages.home(language, 'a'));
  if (local === '/home-b') return send('Home', pages.home(language, 'b'));
  if (local === '/products') return send('Products', pages.productList(language, products));
  if (product && findProduct(product[1])) {
    return send(product[1], pages.productPage(language, findProduct(product[1])));
  }
  if (local === '/cart') return send('Cart', pages.cartPage(language, cartOf(request)));
  if (local === '/ordered') return send('Order', pages.orderedPage(language));
  if (local === '/login') return send('Log in', pages.loginPage(language, query.get('from') ?? '/admin'));
  if (path === '/admin') {
    // The edge has looked at the cookie already; x-user is what it found.
    const user = request.headers['x-user'] ?? cookies(request).session ?? 'nobody';
    return send('Stock', pages.adminPage(user, products), { headers: { 'cache-control': 'no-store' } });
  }
  return send('404', pages.missingPage(language), { status: 404 });
}

async function serve(request, response) {
  const url = new URL(request.url, 'http://shop');
  const path = url.pathname.length > 1 ? url.pathname.replace(/\/+$/, '') : '/';
  if (request.method === 'POST') return post(request, response, path);
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return sendJson(response, { error: `${request.method} is not served here` }, 405);
  }
  if (path === '/style.css') {
    response.writeHead(200, { 'content-type': 'text/css; charset=utf-8', 'cache-control': 'max-age=60' });
    return response.end(style);
  }
  if (path.startsWith('/api-origin/')) return api(response, path, url.searchParams);
  return page(request, response, path, url.searchParams);
}

const server = http.createServer((request, response) => {
  serve(request, response).catch((error) => {
    if (response.headersSent) return response.destroy();
    return sendJson(response, { error: error.message }, error.status ?? 500);
  });
});

server.on('error', (error) => {
  const reason = error.code === 'EADDRINUSE' ? 'something else listens there already' : error.message;
  console.error(`origin: cannot listen on ${host}:${port}: ${reason}`);
  process.exit(1);
});

server.listen(port, host, () => {
  console.error(`origin: the shop is on http://${host}:${server.address().port}`);
});

for (const name of ['SIGINT', 'SIGTERM']) {
  process.on(name, () => {
    server.close(() => process.exit(0));
    server.closeAllConnections();
  });
}
