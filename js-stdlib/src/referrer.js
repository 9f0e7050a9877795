// https://w3c.github.io/webappsec-referrer-policy/#determine-requests-referrer, for a request that was
// given a `referrer`: there is no page that would be one by itself.
import { parseUrl, UrlState } from './url.js';

/** Without credentials and fragment; undefined: not of a kind that is told. */
function strip(text) {
  const parts = parseUrl(text);
  if (parts === undefined) return undefined;
  const url = new UrlState(parts);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return undefined;
  const { origin } = url;
  return {
    origin,
    href: `${origin}${url.pathname}${url.search}`,
    tls: url.protocol === 'https:',
  };
}

/**
 * The Referer header that a request asks for; undefined: none.
 * @param {import('./request.js').RequestState} state
 */
export function refererOf({ referrer, referrerPolicy, url }) {
  if (referrer === 'about:client' || referrer === 'no-referrer') return undefined;
  const from = strip(referrer);
  const to = strip(url);
  if (from === undefined || to === undefined) return undefined;
  const sameOrigin = from.origin === to.origin;
  const downgrade = from.tls && !to.tls;
  const origin = `${from.origin}/`;
  switch (referrerPolicy) {
    case 'no-referrer':
      return undefined;
    case 'unsafe-url':
      return from.href;
    case 'origin':
      return origin;
    case 'strict-origin':
      return downgrade ? undefined : origin;
    case 'same-origin':
      return sameOrigin ? from.href : undefined;
    case 'origin-when-cross-origin':
      return sameOrigin ? from.href : origin;
    case 'no-referrer-when-downgrade':
      return downgrade ? undefined : from.href;
    default: // strict-origin-when-cross-origin
      return sameOrigin ? from.href : downgrade ? undefined : origin;
  }
}
