import { currentRecord } from '../requests.js';
import { parseUrl, urlParts } from '../url.js';

/** Next.js's error for URLs that do not parse, most often relative ones. */
export function malformedUrl(url) {
  return new Error(
    `URL is malformed "${url}". Please use only absolute URLs - ` +
      'https://nextjs.org/docs/messages/middleware-relative-urls',
    { cause: new TypeError('Invalid URL') },
  );
}

/**
 * The absolute form of what redirect() and rewrite() are given. Next.js takes absolute URLs only;
 * here a relative one is resolved against the URL of the request that is being answered.
 */
export function absoluteUrl(url) {
  const known = urlParts(url);
  if (known !== undefined) return known.href;
  const text = String(url);
  const parts = parseUrl(text) ?? parseRelative(text);
  if (parts === undefined) throw malformedUrl(text);
  return parts.href;
}

function parseRelative(text) {
  const record = currentRecord();
  return record === undefined ? undefined : parseUrl(text, record.url);
}
