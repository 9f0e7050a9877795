// Runs in brink for the shop's pages, before the origin sees a request.
import { NextResponse } from 'next/server';

import { preferredLanguage } from './lib/language.js';

// The share of new visitors who get the other home page, in percent. ?variant=a|b overrides the dice.
const VARIANT_SHARE = 50;

export function middleware(request) {
  const { pathname, searchParams } = request.nextUrl;
  const requestId = crypto.randomUUID();
  const headers = new Headers(request.headers);
  headers.set('x-request-id', requestId);
  headers.delete('x-user'); // ours to say, not the client's
  const goOn = { request: { headers } };

  let response;
  // No other spelling means /admin to the origin: "escaped_slashes" in brink.json sees to that.
  if (pathname === '/admin' || pathname.startsWith('/admin/')) {
    response = admin(request, goOn);
  } else {
    response = localized(request, goOn, pathname, searchParams);
  }
  response.headers.set('x-request-id', requestId);
  return response;
}

function admin(request, goOn) {
  const session = request.cookies.get('session');
  if (!session?.value) {
    const login = new URL('/login', request.url);
    login.searchParams.set('from', request.nextUrl.pathname);
    return NextResponse.redirect(login);
  }
  goOn.request.headers.set('x-user', session.value);
  return NextResponse.next(goOn);
}

function localized(request, goOn, pathname, searchParams) {
  const asked = searchParams.get('lang');
  const alreadyGerman = pathname === '/de' || pathname.startsWith('/de/');
  const language = alreadyGerman ? 'de' : asked ?? request.cookies.get('lang')?.value
    ?? preferredLanguage(request.headers.get('accept-language'), ['en', 'de']);

  const variant = pathname === '/' ? pickVariant(request, searchParams) : undefined;
  const target = request.nextUrl.clone();
  if (variant === 'b') target.pathname = '/home-b';
  if (language === 'de' && !alreadyGerman) {
    target.pathname = target.pathname === '/' ? '/de' : `/de${target.pathname}`;
  }

  const response = target.pathname === pathname
    ? NextResponse.next(goOn)
    : NextResponse.rewrite(target, goOn);
  if (variant) response.cookies.set('variant', variant, { maxAge: 30 * 24 * 3600, sameSite: 'lax' });
  if (asked === 'en' || asked === 'de') response.cookies.set('lang', asked, { sameSite: 'lax' });
  response.headers.append('vary', 'accept-language, cookie');
  return response;
}

/** Once chosen, a visitor's variant stays: it is in the cookie. */
function pickVariant(request, searchParams) {
  const known = searchParams.get('variant') ?? request.cookies.get('variant')?.value;
  if (known === 'a' || known === 'b') return known;
  return Math.random() * 100 < VARIANT_SHARE ? 'b' : 'a';
}

// Pages only: the stylesheet and the origin's API never cost a script.
export const config = {
  matcher: ['/', '/products/:path*', '/cart', '/ordered', '/login', '/admin/:path*', '/de/:path*'],
};
