// What is said about errors of user code. Nothing here may throw, whatever the value is: these
// functions run on the way to natives.fail() and natives.log().
import { natives } from './natives.js';
import { stringSlice, stringStartsWith } from './primordials.js';

const { add: weakSetAdd, has: weakSetHas } = WeakSet.prototype;
const errorToString = Error.prototype.toString;
const apply = Reflect.apply;
const LIMIT = 8192;

function clip(text) {
  return text.length > LIMIT ? `${text.slice(0, LIMIT)}...` : text;
}

/** "TypeError: x is not a function", or a text that says that there is none. Never throws. */
export function errorMessage(value) {
  try {
    if (typeof value === 'string') return clip(value);
    if ((typeof value !== 'object' && typeof value !== 'function') || value === null) {
      return clip(String(value));
    }
    const { name, message } = value;
    if (typeof message === 'string') {
      return clip(
        typeof name === 'string' && name !== ''
          ? message === ''
            ? name
            : `${name}: ${message}`
          : message,
      );
    }
    if (value instanceof Error) return clip(apply(errorToString, value, []));
    return 'a thrown value that is not an Error';
  } catch {
    return 'a thrown value that cannot be described';
  }
}

/** The stack as a string, or ''. Never throws. */
export function errorStack(value) {
  try {
    if (typeof value !== 'object' || value === null) return '';
    const { stack } = value;
    return typeof stack === 'string' ? clip(stack) : '';
  } catch {
    return '';
  }
}

/** Codes of limits that a script hears of by an error; uncaught, they are what the request failed for. */
const LIMIT_CODES = [
  'BRINK_BODY_TOO_LARGE',
  'BRINK_RESPONSE_HEAD_TOO_LARGE',
  'BRINK_MEMORY_LIMIT',
  'BRINK_TIMER_LIMIT',
  'BRINK_SUBREQUEST_LIMIT',
  'BRINK_STREAM_LIMIT',
];

/** The code of the limit that the value, or a cause of it, tells about; undefined. Never throws. */
export function limitCode(value) {
  try {
    let error = value;
    for (let depth = 0; depth < 4; depth++) {
      if (typeof error !== 'object' || error === null) return undefined;
      const { code, message } = error;
      for (let i = 0; i < LIMIT_CODES.length; i++) {
        const limit = LIMIT_CODES[i];
        if (code === limit) return limit;
        if (typeof message === 'string' && message.startsWith(`${limit}:`)) return limit;
      }
      error = error.cause;
    }
  } catch {
    // It has none that can be read.
  }
  return undefined;
}

const MAX_CAUSES = 4;

/** The causes of an error, the nearest first. Never throws. */
function causesOf(value) {
  const causes = [];
  try {
    for (let error = value; causes.length < MAX_CAUSES; error = causes[causes.length - 1]) {
      if (typeof error !== 'object' || error === null || error.cause === undefined) break;
      causes[causes.length] = error.cause;
    }
  } catch {
    // A getter of the script's: the chain ends here.
  }
  return causes;
}

/** " (CODE)" of an error that has a `code`; '' for others. Never throws. */
function codeSuffix(value) {
  try {
    const { code } = value;
    return typeof code === 'string' && code !== '' ? ` (${clip(code)})` : '';
  } catch {
    return '';
  }
}

/** In one line: what happened, and why, with each cause's code. Never throws. */
export function explainError(value) {
  let text = errorMessage(value);
  const causes = causesOf(value);
  for (let i = 0; i < causes.length; i++) {
    text += `; cause: ${errorMessage(causes[i])}${codeSuffix(causes[i])}`;
  }
  return clip(text);
}

/** Stack, or message, and those of the causes, for the log. Never throws. */
export function describeError(value) {
  let text = errorStack(value) || errorMessage(value);
  const causes = causesOf(value);
  for (let i = 0; i < causes.length; i++) {
    const stack = errorStack(causes[i]);
    const message = errorMessage(causes[i]);
    const frames = stack.length > message.length && stringStartsWith(stack, message);
    text += `\n  [cause]: ${message}${codeSuffix(causes[i])}`;
    text += frames ? stringSlice(stack, message.length) : '';
  }
  return text;
}

/** Errors that only say that a client left. */
const clientGoneErrors = new WeakSet();

/** Marks an error made because the client left: it is no fault of the script's. Returns it. */
export function markClientGone(error) {
  apply(weakSetAdd, clientGoneErrors, [error]);
  return error;
}

/** True when the error, or one that it names as its cause, says that the client left. Never throws. */
export function saysClientGone(value) {
  try {
    for (let depth = 0; depth < 4; depth++) {
      if (typeof value !== 'object' || value === null) return false;
      if (apply(weakSetHas, clientGoneErrors, [value])) return true;
      value = value.cause;
    }
  } catch {
    // A getter of the script's.
  }
  return false;
}

/**
 * https://html.spec.whatwg.org/#report-the-exception: to the log, as there is no error event yet.
 * Not for what nobody is left to see.
 */
export function reportException(value, what = 'Uncaught') {
  if (saysClientGone(value)) return;
  try {
    natives.log(3, `${what} ${describeError(value)}`);
  } catch {
    // The request that would get this line has ended.
  }
}
