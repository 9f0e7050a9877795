// https://html.spec.whatwg.org/#timers. A timer belongs to the request whose code started it, and
// ends with it: a timer must not run code of a request that is over.
import { DOMException } from './domexception.js';
import { natives } from './natives.js';
import { detach, SafeMap } from './primordials.js';
import { reportException } from './report.js';
import { currentRecord, isStartUp } from './requests.js';

class Timer {
  static {
    detach(this);
  }

  constructor(record, callback, args, delay, repeat) {
    this.record = record;
    this.callback = callback;
    this.args = args;
    this.delay = delay;
    this.repeat = repeat;
  }
}

const timers = new SafeMap();
let lastId = 0;

function start(callback, args, delay, repeat) {
  const record = currentRecord();
  do {
    lastId = lastId === 0x7fffffff ? 1 : lastId + 1;
  } while (timers.has(lastId));
  const id = lastId;
  // Code of a request that has ended: its timers would never fire.
  if (record === undefined && !isStartUp()) return id;
  if (!natives.timerStart(id, delay)) throw tooMany();
  timers.set(id, new Timer(record, callback, args, delay, repeat));
  if (record !== undefined) record.addTimer(id);
  return id;
}

function tooMany() {
  return new DOMException(
    'BRINK_TIMER_LIMIT: the request has too many timers open (limits.timers)',
    'QuotaExceededError',
  );
}

/** ToInt32, then not below 0. */
function toDelay(value) {
  const delay = value | 0;
  return delay > 0 ? delay : 0;
}

function requireFunction(callback, what) {
  if (typeof callback !== 'function') {
    throw new TypeError(`${what}: the first argument is not a function.`);
  }
}

export function setTimeout(callback, delay = 0, ...args) {
  requireFunction(callback, 'setTimeout');
  return start(callback, args, toDelay(delay), false);
}

export function setInterval(callback, delay = 0, ...args) {
  requireFunction(callback, 'setInterval');
  return start(callback, args, toDelay(delay), true);
}

export function clearTimeout(id = 0) {
  const number = id | 0;
  const timer = timers.get(number);
  if (timer === undefined) return;
  timers.delete(number);
  timer.record?.timers?.delete(number);
  natives.timerStop(number);
}

export function clearInterval(id = 0) {
  clearTimeout(id);
}

/** For AbortSignal.timeout(): `callback` is the bundle's own. */
export function startInternalTimer(delay, callback) {
  return start(callback, [], delay > 0x7fffffff ? 0x7fffffff : delay, false);
}

/** Callbacks.onTimer */
export function onTimer(id) {
  const timer = timers.get(id);
  if (timer === undefined) return;
  if (!timer.repeat) {
    timers.delete(id);
    timer.record?.timers?.delete(id);
  }
  try {
    Reflect.apply(timer.callback, undefined, timer.args);
  } catch (error) {
    reportException(error);
  }
  if (timer.repeat && timers.get(id) === timer && !natives.timerStart(id, timer.delay)) {
    timers.delete(id);
    timer.record?.timers?.delete(id);
    reportException(tooMany());
  }
}

/** Forgets the timers of a request; stop: tells C++ too. */
export function dropTimers(record, stop) {
  const ids = record.timers;
  record.timers = null;
  if (ids === null) return;
  ids.forEach((id) => {
    timers.delete(id);
    if (stop) natives.timerStop(id);
  });
}

async function runMicrotask(callback) {
  await undefined;
  try {
    Reflect.apply(callback, undefined, []);
  } catch (error) {
    reportException(error);
  }
}

/** https://html.spec.whatwg.org/#dom-queuemicrotask */
export function queueMicrotask(callback) {
  requireFunction(callback, 'queueMicrotask');
  runMicrotask(callback);
}
