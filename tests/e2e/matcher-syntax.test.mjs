// The regular expressions of config.matcher mean in the front (PCRE2) what they mean in JavaScript:
// every source here is asked about every path, and JavaScript's own RegExp says what is right.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { regExpOf } from '../../js-stdlib/src/matcher.js';
import { startBrink } from './lib/brink.mjs';
import { httpOrigin } from './lib/origin.mjs';

const EXPRESSIONS = [
  '[\\w-.]+', '[a-\\d]+', '[\\d-z]+', '[\\w-\\d]+', '[.-]+', '[-.]+', '[--a]+', '[]a]', '[^]+', '[^]]+', '[a\\]]+',
  '[[:alpha:]]+', '[[a]+', '[[.a.]]+', '[\\-a]+', '[\\^a]+', '[&&]+', '[a&&b]+', '[\\b]', '[\\B]+', '[\\1]', '[\\8]+',
  '[\\cA]', '[\\c]+', '[\\c_]', '[\\k]+', '[\\p{L}]+', '[\\s]+', '[\\S]+', '[^\\s]+', '[^\\S]+', '[\\D]+', '[^\\W]+',
  '[\\x41-\\x43]+', '[\\u0041-\\u0043]+', '[\\xZ]+', '[\\u12]+', '[\\v\\t]', '[\\ud83d]', '[\\0]', '[+*?()|{}$^]+',
  '\\p{L}', '\\p{2}', '\\P{2}', '\\p', '\\R', '\\h', '\\H', '\\Qa', '\\E', '\\A', '\\z', '\\Z', '\\K', '\\G', '\\N', '\\X',
  '\\C', '\\a', '\\e', '\\g', '\\i', '\\l', '\\U', '\\L', '\\o', '\\y', '\\_', '\\-', '\\@', '\\%', '\\ ', '\\é',
  '\\v', '\\s', '\\S', '\\s+', '\\d+', '\\D+', '\\w+', '\\W', '\\bab\\b', 'a\\Bb', '\\x41', '\\x4', '\\xg', '\\u0041',
  '\\u004', '\\u{2}', '\\cA', '\\c', '\\c1', '\\0', '\\1', '\\8', '\\12', '\\101', '\\377', '\\k', '\\k<n>',
  '(?<n>a)\\k<n>', '(?:a{,2})', 'a{2}', 'a{2,}', 'a{1,2}', 'a{', 'a{x}', 'a}', 'a\\]', '(?:a|b)+', '(?=a)[ab]+',
  '(?!a)[ab]+', '[ab]+(?<=b)', '[ab]+(?<!b)', 'a+?', 'a*?b', '.', '.+', '.*a', '[^/]+?', 'a#b', 'a b', '(?:)',
  '\\ud83d\\ude00', '[\\u{61}]+',
];
// None above U+FFFF: such a character is one to PCRE2, and two to JavaScript. None with a backslash: some
// origins read it as a slash, so a path with one is selected when that reading is.
const PATHS = [
  'a', 'b', 'ab', 'aa', 'aaa', 'A', 'ABC', 'abc', 'a-b', 'a.b', '-', '.a', '_', 'k', 'p', 'pp', 'p{L}', 'PP', 'R', 'h', 'H',
  'Qa', 'E', 'z', 'Z', 'K', 'G', 'N', 'X', 'C', 'e', 'g', 'i', 'l', 'U', 'L', 'o', 'y', '@', '%', '%zz', ' ', 'é', 'B',
  '8', '1', '12', 'xg', 'x4', 'u004', 'uu', 'u12', 'xZ', 'c', 'cA', '\u0001', '\t', '\v', '\n', '\r', '\u0008',
  '\u00a0', '\u0085', '\u3000', '\ufeff', '\u1680', '\u000c', 'ÿ', ']', '[', ':a]', 'a]', '[a]', '.]', '&', 'a&', '^', '+', '{', '}',
  'a{', 'a{x}', 'a{,2}', 'a}', 'k<n>', 'a#b', 'a b', '9', '0', '7', '\u007f', 'Ω', '日本', '$', '*', '(', ')', '|', ',',
];

test('config.matcher reads as JavaScript does', { timeout: 120_000 }, async (t) => {
  const origin = await httpOrigin(t, (request, response) => response.end('origin'));
  const sources = EXPRESSIONS.map((expression) => `/:p(${expression})`).filter((source) => {
    try {
      return Boolean(regExpOf(source));
    } catch {
      return false;  // not valid in JavaScript either
    }
  });
  assert.ok(sources.length > 100, `${sources.length} are valid`);
  const apps = sources.map((source, i) => ({ name: `m${i}`, hosts: [`m${i}.test`], root: `m${i}` }));
  const files = {};
  for (const [i, source] of sources.entries()) {
    files[`m${i}/middleware.js`] = `export const middleware = () => new Response('middleware');
export const config = { matcher: ${JSON.stringify(source)} };`;
  }
  const brink = await startBrink(t, { origin, files, config: { apps, workers: 1, min_workers: 0 } });
  const wrong = [];
  for (const [i, source] of sources.entries()) {
    const right = new RegExp(regExpOf(source).source);  // Next.js drops the flags, too
    for (const path of PATHS) {
      const sent = `/${encodeURIComponent(path)}`;
      const wanted = right.test(`/${path}`) || right.test(sent);
      const { text, status } = await brink.get(sent, { headers: { host: `m${i}.test` } });
      if (status === 400) continue;  // a target that no app sees
      if ((text === 'middleware') !== wanted) wrong.push(`${source} ${JSON.stringify(path)}: ${wanted} is right`);
    }
  }
  assert.deepEqual(wrong, []);
});
