// userAgent and userAgentFromString of next/server.
import parse from 'ua-parser-js';
import { defineProperty, getOwnPropertyDescriptor } from '../primordials.js';

const BOTS = new RegExp(
  [
    'Googlebot',
    'Mediapartners-Google',
    'AdsBot-Google',
    'googleweblight',
    'Storebot-Google',
    'Google-PageRenderer',
    'Google-InspectionTool',
    'Bingbot',
    'BingPreview',
    'Slurp',
    'DuckDuckBot',
    'baiduspider',
    'yandex',
    'sogou',
    'LinkedInBot',
    'bitlybot',
    'tumblr',
    'vkShare',
    'quora link preview',
    'facebookexternalhit',
    'facebookcatalog',
    'Twitterbot',
    'applebot',
    'redditbot',
    'Slackbot',
    'Discordbot',
    'WhatsApp',
    'SkypeUriPreview',
    'ia_archiver',
    'GPTBot',
  ].join('|'),
  'i',
);

/** What the package assigns to plain objects, where accessors of Object.prototype would catch it. */
const ASSIGNED = ['name', 'version', 'major', 'vendor', 'model', 'type', 'architecture'];

/** Runs `parse`, which runs nothing of a script's, without a script's accessors in its way. */
function parseShielded(input) {
  const set = [];
  for (let i = 0; i < ASSIGNED.length; i++) {
    const descriptor = getOwnPropertyDescriptor(Object.prototype, ASSIGNED[i]);
    if (descriptor === undefined || !Reflect.deleteProperty(Object.prototype, ASSIGNED[i])) continue;
    set[set.length] = [ASSIGNED[i], descriptor];
  }
  try {
    return parse(input);
  } finally {
    for (let i = 0; i < set.length; i++) defineProperty(Object.prototype, set[i][0], set[i][1]);
  }
}

/** @param {string | undefined} input a User-Agent value */
export function userAgentFromString(input) {
  return { ...parseShielded(input), isBot: input === undefined ? false : BOTS.test(input) };
}

/** @param {{headers: Headers}} request */
export function userAgent({ headers }) {
  return userAgentFromString(headers.get('user-agent') || undefined);
}
