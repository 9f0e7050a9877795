// A matcher that selects none of the measured requests: brink as a proxy and nothing else.
import { NextResponse } from 'next/server';

export const config = { matcher: '/members/:path*' };

export default function middleware() {
  return NextResponse.next();
}
