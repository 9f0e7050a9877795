import { currentRecord } from '../requests.js';
import { regExpTest } from '../primordials.js';
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
  return record === undefined ? undefined : parseOnSite(record, text);
}

/** "http://host:port" of the client's URL, with its real host. */
export function siteOf(record) {
  const { url } = record;
  // The front gives "http://host/path".
  return url.slice(0, url.indexOf('/', url.indexOf('//') + 2));
}

/** Two slashes at the start, as the URL parser sees it: it drops tabs, line ends and what precedes. */
const TWO_SLASHES = /^[\0- ]*[/\\][\t\n\r]*[/\\]/;
const UNSEEN = /^[\0- ]+|[\t\n\r]+/g;

/**
 * A URL, or a path of the request's site: "//name/path" too is a path here. Code that puts it together
 * from pieces, one of them empty, means no other host.
 * @returns {UrlParts | undefined}
 */
export function parseOnSite(record, text) {
  if (!regExpTest(TWO_SLASHES, text)) return parseUrl(text, record.url);
  return parseUrl(siteOf(record) + text.replace(UNSEEN, ''));
}
