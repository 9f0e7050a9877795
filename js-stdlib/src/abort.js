import { defineHandler, EventTarget, fireEvent } from './events.js';
import { DOMException } from './domexception.js';
import { startInternalTimer } from './timers.js';
import { defineInterface, illegalInvocation, inspect, INTERNAL } from './webidl.js';

let abortSignal;
let addAlgorithm;
let removeAlgorithm;

/** https://dom.spec.whatwg.org/#interface-AbortSignal */
export class AbortSignal extends EventTarget {
  #aborted = false;
  #reason = undefined;
  #algorithms = null;
  #dependents = null;
  #sources = null;

  constructor(token) {
    if (token !== INTERNAL) throw new TypeError('Illegal constructor');
    super();
  }

  static {
    abortSignal = (signal, reason) => {
      if (signal.#aborted) return;
      const all = [signal];
      const mark = (one) => {
        one.#aborted = true;
        one.#reason = reason;
      };
      mark(signal);
      for (const dependent of signal.#dependents ?? []) {
        if (dependent.#aborted) continue;
        mark(dependent);
        all.push(dependent);
      }
      for (const one of all) {
        const algorithms = one.#algorithms;
        one.#algorithms = null;
        for (const algorithm of algorithms ?? []) algorithm(reason);
        fireEvent(one, 'abort');
      }
    };
    addAlgorithm = (signal, algorithm) => {
      if (!signal.#aborted) (signal.#algorithms ??= new Set()).add(algorithm);
    };
    removeAlgorithm = (signal, algorithm) => signal.#algorithms?.delete(algorithm);
  }

  get aborted() {
    if (!(#aborted in this)) throw illegalInvocation();
    return this.#aborted;
  }

  get reason() {
    if (!(#aborted in this)) throw illegalInvocation();
    return this.#reason;
  }

  throwIfAborted() {
    if (!(#aborted in this)) throw illegalInvocation();
    if (this.#aborted) throw this.#reason;
  }

  static abort(reason = new DOMException('This operation was aborted', 'AbortError')) {
    const signal = new AbortSignal(INTERNAL);
    signal.#aborted = true;
    signal.#reason = reason;
    return signal;
  }

  static timeout(milliseconds) {
    const delay = Number(milliseconds);
    if (!(delay >= 0 && delay <= Number.MAX_SAFE_INTEGER)) {
      throw new TypeError('AbortSignal.timeout: the delay is not an unsigned integer.');
    }
    const signal = new AbortSignal(INTERNAL);
    startInternalTimer(Math.floor(delay), () => {
      abortSignal(
        signal,
        new DOMException('The operation was aborted due to timeout', 'TimeoutError'),
      );
    });
    return signal;
  }

  static any(signals) {
    const list = [...signals];
    for (const signal of list) {
      if (!isAbortSignal(signal)) {
        throw new TypeError('AbortSignal.any: a member is not an AbortSignal.');
      }
    }
    const result = new AbortSignal(INTERNAL);
    for (const signal of list) {
      if (signal.#aborted) {
        result.#aborted = true;
        result.#reason = signal.#reason;
        return result;
      }
    }
    result.#sources = new Set();
    for (const signal of list) {
      for (const source of signal.#sources ?? [signal]) {
        result.#sources.add(source);
        (source.#dependents ??= new Set()).add(result);
      }
    }
    return result;
  }

  static #is(value) {
    return typeof value === 'object' && value !== null && #aborted in value;
  }
  static {
    isAbortSignal = (value) => AbortSignal.#is(value);
  }

  [inspect]() {
    return { aborted: this.aborted, reason: this.reason };
  }
}
var isAbortSignal;
defineInterface(AbortSignal, 'AbortSignal');
defineHandler(AbortSignal, 'abort');

/** https://dom.spec.whatwg.org/#interface-abortcontroller */
export class AbortController {
  #signal = new AbortSignal(INTERNAL);

  get signal() {
    if (!(#signal in this)) throw illegalInvocation();
    return this.#signal;
  }

  abort(reason = new DOMException('This operation was aborted', 'AbortError')) {
    if (!(#signal in this)) throw illegalInvocation();
    abortSignal(this.#signal, reason);
  }
}
defineInterface(AbortController, 'AbortController');

export { abortSignal, addAlgorithm, isAbortSignal, removeAlgorithm };

export function newSignal() {
  return new AbortSignal(INTERNAL);
}
