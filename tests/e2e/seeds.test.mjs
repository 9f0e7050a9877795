// Examples that articles about Next.js on the server show, as they show them, where brink runs them.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { startBrink } from './lib/brink.mjs';
import { httpOrigin } from './lib/origin.mjs';

const limits = { timeout: 60_000 };

test('"Middleware": no token, no admin', limits, async (t) => {
  const origin = await httpOrigin(t, (request, response) => response.end(`page ${request.url}`));
  const brink = await startBrink(t, {
    origin,
    files: {
      'middleware.js': `// File: middleware.js
import { NextResponse } from "next/server";

export function middleware(req) {
	const url = req.nextUrl;
	if (url.pathname.startsWith("/admin")) {
		const token = req.cookies.get("token");
		if (!token) {
			return NextResponse.redirect("/login");
		}
	}
	return NextResponse.next();
}
`,
    },
  });

  await t.test('a visitor without a token is sent to the login', async () => {
    const response = await brink.get('/admin/users');
    assert.equal(response.status, 307);
    assert.equal(new URL(response.headers.location, brink.url).href, `${brink.url}/login`);
  });
  await t.test('one with a token is not', async () => {
    const response = await brink.get('/admin/users', { headers: { cookie: 'token=t' } });
    assert.equal(response.text, 'page /admin/users');
  });
  await t.test('other pages are open', async () => {
    assert.equal((await brink.get('/about')).text, 'page /about');
  });
});

test('"Language detection, redirects based on language"', limits, async (t) => {
  const origin = await httpOrigin(t, (request, response) => response.end(`page ${request.url}`));
  const brink = await startBrink(t, {
    origin,
    files: {
      'middleware.js': `import { NextResponse } from 'next/server';
const languages = ['en', 'fr'];
export function middleware(request) {
  const { pathname, search } = request.nextUrl;
  if (languages.some((l) => pathname === '/' + l || pathname.startsWith('/' + l + '/'))) return;
  const saved = request.cookies.get('NEXT_LOCALE')?.value;
  const accepted = (request.headers.get('accept-language') ?? '').slice(0, 2);
  const language = [saved, accepted].find((l) => languages.includes(l)) ?? 'en';
  const response = NextResponse.redirect(new URL('/' + language + pathname + search, request.url), 302);
  response.cookies.set('NEXT_LOCALE', language);
  return response;
}
export const config = { matcher: ['/((?!_next|api|.*\\\\..*).*)'] };
`,
    },
  });
  const location = async (path, headers) => {
    const response = await brink.get(path, { headers });
    assert.equal(response.status, 302);
    const { pathname, search } = new URL(response.headers.location, brink.url);
    return [pathname + search, response.headers['set-cookie'][0]];
  };

  await t.test('by header, by cookie, by default', async () => {
    assert.deepEqual(await location('/about?x=1', { 'accept-language': 'fr-FR,fr;q=0.9' }),
      ['/fr/about?x=1', 'NEXT_LOCALE=fr; Path=/']);
    assert.equal((await location('/about', { cookie: 'NEXT_LOCALE=fr', 'accept-language': 'en' }))[0], '/fr/about');
    assert.equal((await location('/'))[0], '/en/');
  });
  await t.test('what has a language already, and assets, stay', async () => {
    for (const path of ['/fr/about', '/en', '/logo.png', '/_next/static/a.js']) {
      assert.equal((await brink.get(path)).text, `page ${path}`);
    }
  });
});
