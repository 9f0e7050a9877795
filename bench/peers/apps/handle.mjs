// The measured middleware against the fetch API, once for all peers that have it. `forward(request, url,
// headers)` is each peer's own way to the origin.

function cookie(request, name) {
  const header = request.headers.get('cookie');
  if (!header) return null;
  for (const pair of header.split(';')) {
    const at = pair.indexOf('=');
    if (at > 0 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim();
  }
  return null;
}

const json = (value) =>
  new Response(JSON.stringify(value), { headers: { 'content-type': 'application/json' } });

export async function handle(request, forward) {
  const url = new URL(request.url);
  const path = url.pathname;
  if (path === '/api/hello') return json({ hello: 'edge', path });
  if (path === '/api/echo' && request.method === 'POST') {
    const body = await request.json();
    body.edge = 1;
    return json(body);
  }
  const token = cookie(request, 'token');
  if (path.startsWith('/admin/') && token === null) {
    return Response.redirect(new URL('/login', url), 307);
  }
  const headers = new Headers(request.headers);
  if (token !== null) headers.set('x-user', token);
  const upstream = await forward(request, url, headers);
  const response = new Response(upstream.body, upstream);
  response.headers.set('x-edge', '1');
  return response;
}
