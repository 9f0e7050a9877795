// Redirect and rewrite targets as the front and the client get them.
import { parseUrl, URL, UrlState } from '../url.js';
import { requestParts, withLocalhost } from './next-url.js';

/** Both with localhost in place of its addresses. */
function sameOrigin(a, b) {
  const { pathnameStart } = a;
  if (a.href.slice(0, pathnameStart) === b.href.slice(0, b.pathnameStart)) return true;
  return new UrlState(a).origin === new UrlState(b).origin;
}

/** The part of `url` after its origin when it has the request's origin (or its localhost alias). */
function pathOnSameOrigin(record, url) {
  const target = parseUrl(url, record.url);
  if (target === undefined) return undefined;
  const own = requestParts(record);
  const path =
    own !== undefined && sameOrigin(own, withLocalhost(target))
      ? target.href.slice(target.pathnameStart)
      : undefined;
  return { target, path };
}

/** Header list with a Location that is relative when it points to the request's own origin. */
export function relativeLocation(record, list) {
  for (let i = 0; i < list.length; i += 2) {
    if (list[i] !== 'location') continue;
    const found = pathOnSameOrigin(record, list[i + 1]);
    if (found?.path === undefined) return list;
    const copy = list.slice();
    copy[i + 1] = found.path;
    return copy;
  }
  return list;
}

/** The absolute URL for natives.next(): with the request's real host in place of its alias. */
export function rewriteTarget(record, url) {
  const found = pathOnSameOrigin(record, url);
  if (found === undefined) throw new TypeError(`NextResponse.rewrite: invalid URL ${url}`);
  if (found.path === undefined) return found.target.href;
  return new URL(found.path, record.url).href;
}
