// https://console.spec.whatwg.org, printed by @edge-runtime/format (what Next.js's edge sandbox
// uses).
import { createFormat } from '@edge-runtime/format';
import { natives } from './natives.js';
import { SafeMap } from './primordials.js';
import { describeError, errorMessage } from './report.js';

const LEVEL_DEBUG = 0;
const LEVEL_INFO = 1;
const LEVEL_WARN = 2;
const LEVEL_ERROR = 3;
/** C++ cuts lines shorter; this only spares it the work on huge ones. */
const MAX_TEXT = 65536;

const format = createFormat({ formatError: describeError });

/**
 * Gives the format package a format string that covers every argument: by itself it knows no %c
 * (style, dropped here), drops what follows an object, and prints the source of functions.
 */
function prepare(args) {
  const prepared = ['', ...args];
  let formatText = '';
  let used = 1;
  if (typeof args[0] === 'string') {
    prepared.splice(1, 1);
    formatText = args[0].replace(/%[sjdOoifc%]/g, (token) => {
      if (token === '%%') return args.length > 1 ? token : '%%%%';
      if (used >= prepared.length) return `%${token}`;
      if (token !== '%c') {
        used++;
        return token;
      }
      prepared.splice(used, 1);
      return '';
    });
  }
  for (let i = used; i < prepared.length; i++) {
    formatText += `${i === 1 && typeof args[0] !== 'string' ? '' : ' '}${
      typeof prepared[i] === 'string' ? '%s' : '%O'
    }`;
  }
  prepared[0] = formatText;
  return prepared;
}

/** One line of the log. Never throws: a value that cannot be shown is named instead. */
export function formatLog(args) {
  try {
    return format(...prepare(args));
  } catch {
    let text = '';
    for (let i = 0; i < args.length; i++) {
      if (i > 0) text += ' ';
      try {
        text += typeof args[i] === 'string' ? args[i] : format(args[i]);
      } catch (error) {
        text += `[cannot be shown: ${errorMessage(error)}]`;
      }
    }
    return text;
  }
}

let indent = '';

function print(level, args) {
  let text = formatLog(args);
  if (text.length > MAX_TEXT) text = text.slice(0, MAX_TEXT);
  if (indent !== '') text = indent + text.replaceAll('\n', `\n${indent}`);
  natives.log(level, text);
}

const counts = new SafeMap();
const timers = new SafeMap();

function labelOf(label) {
  return label === undefined ? 'default' : `${label}`;
}

function elapsed(label) {
  const start = timers.get(label);
  if (start === undefined) {
    print(LEVEL_WARN, [`Timer '${label}' does not exist`]);
    return undefined;
  }
  return `${label}: ${Math.round((natives.now() - start) * 1000) / 1000}ms`;
}

const methods = {
  log(...args) {
    print(LEVEL_INFO, args);
  },
  info(...args) {
    print(LEVEL_INFO, args);
  },
  warn(...args) {
    print(LEVEL_WARN, args);
  },
  error(...args) {
    print(LEVEL_ERROR, args);
  },
  debug(...args) {
    print(LEVEL_DEBUG, args);
  },
  trace(...args) {
    const holder = {};
    Error.captureStackTrace(holder, methods.trace);
    let stack = '';
    try {
      stack = `${holder.stack}`.replace(/^[^\n]*\n?/, '');
    } catch {
      // A hostile Error.prepareStackTrace: print without the stack.
    }
    const text = formatLog(args);
    print(LEVEL_DEBUG, [
      '%s',
      `Trace${text === '' ? '' : `: ${text}`}${stack === '' ? '' : `\n${stack}`}`,
    ]);
  },
  dir(value = undefined) {
    print(LEVEL_INFO, [value]);
  },
  // https://console.spec.whatwg.org/#table: as log() shows it, where there is no table.
  table(data = undefined) {
    print(LEVEL_INFO, [data]);
  },
  // A log has nothing to clear, but its groups end.
  clear() {
    indent = '';
  },
  dirxml(...args) {
    print(LEVEL_INFO, args);
  },
  assert(condition = false, ...args) {
    if (condition) return;
    if (typeof args[0] === 'string') args[0] = `Assertion failed: ${args[0]}`;
    else args.unshift(args.length > 0 ? 'Assertion failed:' : 'Assertion failed');
    print(LEVEL_ERROR, args);
  },
  count(label = undefined) {
    const key = labelOf(label);
    const count = (counts.get(key) ?? 0) + 1;
    if (counts.size < 1000) counts.set(key, count);
    print(LEVEL_INFO, ['%s', `${key}: ${count}`]);
  },
  countReset(label = undefined) {
    counts.delete(labelOf(label));
  },
  time(label = undefined) {
    const key = labelOf(label);
    if (timers.has(key)) print(LEVEL_WARN, ['%s', `Timer '${key}' already exists`]);
    else if (timers.size < 1000) timers.set(key, natives.now());
  },
  timeLog(label = undefined, ...args) {
    const text = elapsed(labelOf(label));
    if (text !== undefined) print(LEVEL_INFO, ['%s', text, ...args]);
  },
  timeEnd(label = undefined) {
    const key = labelOf(label);
    const text = elapsed(key);
    timers.delete(key);
    if (text !== undefined) print(LEVEL_INFO, ['%s', text]);
  },
  group(...args) {
    if (args.length > 0) print(LEVEL_INFO, args);
    if (indent.length < 40) indent += '  ';
  },
  groupCollapsed(...args) {
    methods.group(...args);
  },
  groupEnd() {
    indent = indent.slice(2);
  },
};

/** A namespace object, as https://console.spec.whatwg.org/#console-namespace says. */
export const console = Object.assign(Object.create({}), methods);
Reflect.defineProperty(console, Symbol.toStringTag, { value: 'console', configurable: true });
