// userAgent and userAgentFromString of next/server.
import parse from 'ua-parser-js';

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

/** @param {string | undefined} input a User-Agent value */
export function userAgentFromString(input) {
  return { ...parse(input), isBot: input === undefined ? false : BOTS.test(input) };
}

/** @param {{headers: Headers}} request */
export function userAgent({ headers }) {
  return userAgentFromString(headers.get('user-agent') || undefined);
}
