// Parameters of a dynamic route: `/users/[id]` gives them to the handler in the query, as Next.js
// does for edge API routes, and in event.params.
import { parseUrlEncoded, serializeUrlEncoded } from '../urlsearchparams.js';

/** The URL with the parameters in its query, in place of query parameters of the same names. */
export function urlWithParams(url, params) {
  if (params.length === 0) return stripInternalSearch(url);
  const hash = url.indexOf('#');
  const end = hash < 0 ? url.length : hash;
  const question = url.indexOf('?');
  const hasQuery = question >= 0 && question < end;
  const names = new Set();
  const added = [];
  for (let i = 0; i < params.length; i += 2) {
    names.add(params[i]);
    added.push([params[i], params[i + 1]]);
  }
  const pairs = hasQuery
    ? parseUrlEncoded(url.slice(question + 1, end)).filter((pair) => !names.has(pair[0]))
    : [];
  const query = serializeUrlEncoded([...pairs, ...added]);
  return `${url.slice(0, hasQuery ? question : end)}?${query}${url.slice(end)}`;
}

/** `_rsc` is the client router's cache key; scripts do not see it. */
function stripInternalSearch(url) {
  const question = url.indexOf('?');
  if (question < 0 || !url.includes('_rsc', question)) return url;
  const pairs = url.slice(question + 1).split('&');
  const kept = pairs.filter((pair) => pair !== '_rsc' && !pair.startsWith('_rsc='));
  if (kept.length === pairs.length) return url;
  return kept.length === 0
    ? url.slice(0, question)
    : `${url.slice(0, question + 1)}${kept.join('&')}`;
}

/**
 * {id: '1', rest: ['a', 'b']}: a name that repeats, or that the route marks by `...`, is an array.
 */
export function paramsObject(params) {
  const object = {};
  for (let i = 0; i < params.length; i += 2) {
    const name = params[i];
    const value = params[i + 1];
    if (!Object.hasOwn(object, name)) {
      Object.defineProperty(object, name, {
        value,
        writable: true,
        enumerable: true,
        configurable: true,
      });
    } else if (Array.isArray(object[name])) {
      object[name].push(value);
    } else {
      object[name] = [object[name], value];
    }
  }
  return object;
}
