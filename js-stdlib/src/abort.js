import { DOMException } from './domexception.js';
import { defineHandler, EventTarget, fireEvent, hasListeners, onListenersChanged } from './events.js';
import { detach, SafeSet, uncurryThis } from './primordials.js';
import { startInternalTimer } from './timers.js';
import { defineInterface, illegalInvocation, inspect, INTERNAL } from './webidl.js';

const deref = uncurryThis(WeakRef.prototype.deref);

let abortSignal;
let addAlgorithm;
let removeAlgorithm;
let dependentSignal;

/**
 * The dependents of a signal, held weakly: a signal of the whole app has one for each fetch that ever
 * listened to it. Those that somebody waits for are held, as nothing else may know them.
 */
class Dependents {
  static {
    detach(this);
  }

  constructor() {
    this.refs = [];
    this.held = new SafeSet();
    /** How many there may be before the dead ones are looked for. */
    this.sweepAt = 16;
  }

  add(signal) {
    if (this.refs.length >= this.sweepAt) {
      const alive = [];
      for (let i = 0; i < this.refs.length; i++) {
        if (deref(this.refs[i]) !== undefined) alive[alive.length] = this.refs[i];
      }
      this.refs = alive;
      this.sweepAt = 16 + 2 * alive.length;
    }
    this.refs[this.refs.length] = new WeakRef(signal);
  }
}

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
      const refs = signal.#dependents === null ? [] : signal.#dependents.refs;
      signal.#dependents = null;
      for (let i = 0; i < refs.length; i++) {
        const dependent = deref(refs[i]);
        if (dependent === undefined || dependent.#aborted) continue;
        mark(dependent);
        all[all.length] = dependent;
      }
      for (let i = 0; i < all.length; i++) {
        const one = all[i];
        const algorithms = one.#algorithms;
        one.#algorithms = null;
        algorithms?.forEach((algorithm) => algorithm(reason));
        fireEvent(one, 'abort');
        one.#hold();
      }
    };
    addAlgorithm = (signal, algorithm) => {
      if (signal.#aborted) return;
      (signal.#algorithms ??= new SafeSet()).add(algorithm);
      signal.#hold();
    };
    removeAlgorithm = (signal, algorithm) => {
      if (signal.#algorithms?.delete(algorithm)) signal.#hold();
    };
    /** https://dom.spec.whatwg.org/#create-a-dependent-abort-signal */
    dependentSignal = (list) => {
      const result = new AbortSignal(INTERNAL);
      for (let i = 0; i < list.length; i++) {
        if (!list[i].#aborted) continue;
        result.#aborted = true;
        result.#reason = list[i].#reason;
        return result;
      }
      const sources = new SafeSet();
      for (let i = 0; i < list.length; i++) {
        const of = list[i].#sources;
        if (of === null) sources.add(list[i]);
        else of.forEach((source) => sources.add(source));
      }
      result.#sources = sources;
      sources.forEach((source) => (source.#dependents ??= new Dependents()).add(result));
      return result;
    };
    onListenersChanged((target) => {
      if (#aborted in target) target.#hold();
    });
  }

  /** Has its sources keep this signal while somebody waits for it, and no longer. */
  #hold() {
    const sources = this.#sources;
    if (sources === null) return;
    const wanted =
      !this.#aborted && (hasListeners(this) || (this.#algorithms?.size ?? 0) > 0);
    sources.forEach((source) => {
      if (wanted) source.#dependents?.held.add(this);
      else source.#dependents?.held.delete(this);
    });
    if (this.#aborted) this.#sources = null;
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
    return dependentSignal(list);
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

export { abortSignal, addAlgorithm, dependentSignal, isAbortSignal, removeAlgorithm };

export function newSignal() {
  return new AbortSignal(INTERNAL);
}
