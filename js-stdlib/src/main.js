// The bundle's entry: `(natives) => callbacks`, see natives.d.ts.
import {
  addEntry,
  dispatch,
  onAbort,
  onRequestBody,
  onRequestKilled,
  onUnhandledRejection,
} from './dispatch.js';
import { onFetchBody, onFetchError, onFetchResponse } from './fetch.js';
import { installGlobals } from './globals.js';
import { compileMatchers, invalid } from './matcher.js';
import { FETCH_RESPONSE_BODY, natives, REQUEST_BODY, setNatives } from './natives.js';
import * as nextServer from './next/server.js';
import { onWindow } from './outgoing.js';
import { reportException } from './report.js';
import { onTimer } from './timers.js';

const builtinModules = { 'next/server': nextServer, 'next/server.js': nextServer };

function builtinModule(specifier) {
  return Object.hasOwn(builtinModules, specifier) ? { ...builtinModules[specifier] } : undefined;
}

/** Of a middleware's config, in Next.js; brink reads the matcher only. */
const CONFIG_KEYS = [
  'matcher',
  'runtime',
  'regions',
  'preferredRegion',
  'maxDuration',
  'unstable_allowDynamic',
  'unstable_allowDynamicGlobs',
];

/** A misspelt matcher would make the middleware run on every path. */
function tellUnknownKeys(path, config) {
  for (const key of Object.keys(config)) {
    if (CONFIG_KEYS.includes(key)) continue;
    const consequence =
      config.matcher === undefined ? ', so the middleware runs on every path' : '';
    natives.log(
      2,
      `${path}: config has an unknown key "${key.slice(0, 80)}"${consequence}; ` +
        `known are ${CONFIG_KEYS.join(', ')}`,
    );
  }
}

/** "; ..." for who writes a handler in the form of Cloudflare Workers. */
function workersHint(namespace) {
  return typeof namespace.default?.fetch === 'function'
    ? '; "export default { fetch }" of Cloudflare Workers is not supported yet, export the function itself'
    : '';
}

function registerEntry(entry, kind, path, namespace, wantsMatchers = true) {
  if (kind === 'handler') {
    const handler = namespace.default;
    if (typeof handler !== 'function') {
      throw invalid('BRINK_MODULE_EXPORTS', `${path} must export a function as default${workersHint(namespace)}`);
    }
    addEntry(entry, handler, false, path);
    return [];
  }
  let handler = namespace.middleware;
  if (typeof handler !== 'function') handler = namespace.proxy;
  if (typeof handler !== 'function') handler = namespace.default;
  if (typeof handler !== 'function') {
    throw invalid(
      'BRINK_MODULE_EXPORTS',
      `${path} must export a function: "middleware", "proxy" or default${workersHint(namespace)}`,
    );
  }
  addEntry(entry, handler, true, path);
  if (!wantsMatchers) return [];
  const { config } = namespace;
  const isObject = typeof config === 'object' && config !== null;
  if (isObject) tellUnknownKeys(path, config);
  return compileMatchers(isObject ? config.matcher : undefined);
}

function onBody(kind, id, state, bytes, error) {
  if (kind === REQUEST_BODY) onRequestBody(id, state, bytes, error);
  else if (kind === FETCH_RESPONSE_BODY) onFetchBody(id, state, bytes, error);
}

const { apply } = Reflect;

/**
 * C++ calls these with nothing to catch what they throw. User code that broke a prototype may make
 * them fail; that belongs in the log.
 */
function guarded(callback) {
  return (...args) => {
    try {
      apply(callback, undefined, args);
    } catch (error) {
      reportException(error);
    }
  };
}

/**
 * @param {import('../natives.d.ts').Natives} natives
 * @returns {import('../natives.d.ts').Callbacks}
 */
export default function main(natives) {
  setNatives(natives);
  installGlobals(globalThis);
  return {
    dispatch,
    onAbort: guarded(onAbort),
    onBody: guarded(onBody),
    onWindow: guarded(onWindow),
    onFetchResponse: guarded(onFetchResponse),
    onFetchError: guarded(onFetchError),
    onTimer: guarded(onTimer),
    onUnhandledRejection,
    onRequestKilled: guarded(onRequestKilled),
    registerEntry,
    builtinModule,
  };
}
