// config.matcher of middleware, compiled as Next.js does it
// (https://nextjs.org/docs/app/api-reference/file-conventions/proxy#matcher).
import { parse, tokensToRegexp } from 'path-to-regexp';
import { toPcre } from './pcre.js';
import { setOwn } from './primordials.js';

const MAX_LENGTH = 4096;
/** An optional wrapping of client-side navigations: /_next/data/<build id>/path.json */
const DATA_PREFIX = '/:nextData(_next/data/[^/]{1,})?';
const APP_SUFFIXES = '\\.rsc|\\.segments/.+\\.segment\\.rsc';
const PAGE_SUFFIX = `{(\\.json|${APP_SUFFIXES})}?`;
const ROOT_SUFFIX = `(/?index|/?index\\.json|/?index(?:${APP_SUFFIXES}))?`;

/** No path at all: what an empty list of matchers selects. */
export const MATCH_NOTHING = '(?!)';

export function invalid(code, message) {
  const error = new Error(message);
  setOwn(error, 'code', code);
  return error;
}

function shown(value) {
  try {
    const text = JSON.stringify(value);
    if (text !== undefined) return text;
  } catch {
    // Shown by its type.
  }
  return `a ${typeof value}`;
}

/**
 * @param {unknown} matcher config.matcher
 * @returns {{source: string, regexp: string}[]} [] when there is no matcher: every request
 */
export function compileMatchers(matcher) {
  if (matcher === undefined) return [];
  if (typeof matcher === 'string' || isObject(matcher)) return [compileMatcher(matcher)];
  if (!Array.isArray(matcher)) {
    throw invalid(
      'BRINK_MATCHER_INVALID',
      `config.matcher must be a string or an array of strings, not ${shown(matcher)}`,
    );
  }
  if (matcher.length === 0) return [{ source: '', regexp: MATCH_NOTHING }];
  return matcher.map(compileMatcher);
}

function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Conditions that select nothing less: lists without an entry, and locales where there are none. */
function isWithoutEffect(key, value) {
  if (value === undefined) return true;
  return key === 'locale' ? value === false : Array.isArray(value) && value.length === 0;
}

/** The source of {source, has, missing, locale}, where that says no more than the source. */
function sourceOf(matcher) {
  for (const key of Object.keys(matcher)) {
    if (key === 'source') continue;
    if (key !== 'has' && key !== 'missing' && key !== 'locale') {
      throw invalid(
        'BRINK_MATCHER_INVALID',
        `config.matcher: ${shown(key)} is no key of a matcher, in ${shown(matcher)}`,
      );
    }
    if (!isWithoutEffect(key, matcher[key])) {
      throw invalid(
        'BRINK_MATCHER_INVALID',
        `config.matcher: ${key} is not supported yet; use only source instead of ${shown(matcher)}`,
      );
    }
  }
  return matcher.source;
}

function compileMatcher(matcher) {
  const source = isObject(matcher) ? sourceOf(matcher) : matcher;
  if (typeof source !== 'string') {
    throw invalid(
      'BRINK_MATCHER_INVALID',
      `config.matcher must hold strings, not ${shown(source)}`,
    );
  }
  if (!source.startsWith('/')) {
    throw invalid(
      'BRINK_MATCHER_INVALID',
      `config.matcher: source must start with /: ${shown(source)}`,
    );
  }
  if (decorated(source).length > MAX_LENGTH) {
    throw invalid(
      'BRINK_MATCHER_INVALID',
      `config.matcher: source exceeds max built length of ${MAX_LENGTH}: ` +
        `${shown(source.slice(0, 60))}...`,
    );
  }
  try {
    // The source as written has to be valid by itself, too.
    toRegexp(source);
    return { source, regexp: toPcre(regExpOf(source).source) };
  } catch (error) {
    throw invalid(
      'BRINK_MATCHER_INVALID',
      `config.matcher: invalid source ${shown(source)}: ${error.message}`,
    );
  }
}

/** With what Next.js adds: a data request's wrapping, and the forms of App Router payloads. */
function decorated(source) {
  return `${DATA_PREFIX}${source}${source === '/' ? ROOT_SUFFIX : PAGE_SUFFIX}`;
}

/** What a valid source means, as JavaScript's own RegExp. */
export function regExpOf(source) {
  return toRegexp(decorated(source));
}

function toRegexp(path) {
  const tokens = parse(path);
  try {
    return tokensToRegexp(tokens);
  } catch {
    // As Next.js: path-to-regexp 6.3 wants a prefix where something repeats.
    return tokensToRegexp(
      tokens.map((token) =>
        typeof token === 'object' &&
        (token.modifier === '*' || token.modifier === '+') &&
        token.prefix === '' &&
        token.suffix === ''
          ? { ...token, prefix: '/' }
          : token,
      ),
    );
  }
}
