// The measured middleware as brink runs it: NextResponse.next() goes on to the origin.
import { NextResponse } from 'next/server';

export default async function middleware(request) {
  const path = request.nextUrl.pathname;
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
  const response = NextResponse.next({ request: { headers } });
  response.headers.set('x-edge', '1');
  return response;
}
