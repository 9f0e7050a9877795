// The measured middleware in Next.js's idiom, for both of its file conventions.
import { NextResponse } from 'next/server';

export async function edge(request) {
  const url = request.nextUrl;
  const path = url.pathname;
  if (path === '/api/hello') return NextResponse.json({ hello: 'edge', path });
  if (path === '/api/echo' && request.method === 'POST') {
    const body = await request.json();
    body.edge = 1;
    return NextResponse.json(body);
  }
  const token = request.cookies.get('token');
  if (path.startsWith('/admin/') && !token) {
    return NextResponse.redirect(new URL('/login', request.url), 307);
  }
  const headers = new Headers(request.headers);
  if (token) headers.set('x-user', token.value);
  const response = NextResponse.rewrite(new URL(path + url.search, process.env.ORIGIN), {
    request: { headers },
  });
  response.headers.set('x-edge', '1');
  return response;
}
