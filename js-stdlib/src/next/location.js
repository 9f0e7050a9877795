// Redirect and rewrite targets as the front and the client get them. A path is never read as a
// reference again: "//host/path" would be another host then.
import { parseUrl, UrlState } from '../url.js';
import { requestParts, withLocalhost } from './next-url.js';
import { parseOnSite, siteOf } from './urls.js';

/** Both with localhost in place of its addresses. */
function sameOrigin(a, b) {
  const { pathnameStart } = a;
  if (a.href.slice(0, pathnameStart) === b.href.slice(0, b.pathnameStart)) return true;
  return new UrlState(a).origin === new UrlState(b).origin;
}

/** The path of `target` when it has the request's origin (or its localhost alias). */
function pathOnSameOrigin(record, target) {
  const own = requestParts(record);
  return own !== undefined && sameOrigin(own, withLocalhost(target))
    ? target.href.slice(target.pathnameStart)
    : undefined;
}

/** Header list with a Location that is relative when it points to the request's own origin. */
export function relativeLocation(record, list) {
  for (let i = 0; i < list.length; i += 2) {
    if (list[i] !== 'location') continue;
    const target = parseUrl(list[i + 1], record.url);
    const path = target === undefined ? undefined : pathOnSameOrigin(record, target);
    if (path === undefined) return list;
    const copy = list.slice();
    copy[i + 1] = path.startsWith('//') ? siteOf(record) + path : path;
    return copy;
  }
  return list;
}

/** The absolute URL for natives.next(): with the request's real host in place of its alias. */
export function rewriteTarget(record, url) {
  const target = parseOnSite(record, url);
  if (target === undefined) throw new TypeError(`NextResponse.rewrite: invalid URL ${url}`);
  const path = pathOnSameOrigin(record, target);
  return path === undefined ? target.href : siteOf(record) + path;
}
