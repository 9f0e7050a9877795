import { DOMException } from './domexception.js';
import { natives } from './natives.js';
import { reportException } from './report.js';
import {
  defineConstants,
  defineInterface,
  dictionary,
  illegalInvocation,
  inspect,
  requireArguments,
} from './webidl.js';

let setTrusted;
let startDispatch;
let endDispatch;
let stopped;

/** https://dom.spec.whatwg.org/#interface-event (no tree: a target is its own path). */
export class Event {
  #type;
  #bubbles = false;
  #cancelable = false;
  #composed = false;
  #target = null;
  #currentTarget = null;
  #phase = 0;
  #stopImmediate = false;
  #stop = false;
  #canceled = false;
  #passive = false;
  #trusted = false;
  #timeStamp = undefined;

  constructor(type, init = undefined) {
    requireArguments(arguments.length, 1, 'Event constructor');
    this.#type = `${type}`;
    init = dictionary(init, 'Event constructor: init');
    if (init !== undefined) {
      this.#bubbles = Boolean(init.bubbles);
      this.#cancelable = Boolean(init.cancelable);
      this.#composed = Boolean(init.composed);
    }
    this.#timeStamp = natives.now();
  }

  static {
    setTrusted = (event) => {
      event.#trusted = true;
    };
    startDispatch = (event, target) => {
      if (event.#phase !== 0) return false;
      event.#target = target;
      event.#currentTarget = target;
      event.#phase = 2;
      return true;
    };
    endDispatch = (event) => {
      event.#phase = 0;
      event.#currentTarget = null;
      event.#stop = false;
      event.#stopImmediate = false;
      return !event.#canceled;
    };
    stopped = (event, passive) => {
      event.#passive = passive;
      return event.#stopImmediate;
    };
  }

  get type() {
    return this.#type;
  }
  get target() {
    return this.#target;
  }
  get srcElement() {
    return this.#target;
  }
  get currentTarget() {
    return this.#currentTarget;
  }
  get eventPhase() {
    return this.#phase;
  }
  get bubbles() {
    return this.#bubbles;
  }
  get cancelable() {
    return this.#cancelable;
  }
  get composed() {
    return this.#composed;
  }
  get defaultPrevented() {
    return this.#canceled;
  }
  get isTrusted() {
    return this.#trusted;
  }
  get timeStamp() {
    return this.#timeStamp;
  }
  get cancelBubble() {
    return this.#stop;
  }
  set cancelBubble(value) {
    if (value) this.#stop = true;
  }
  get returnValue() {
    return !this.#canceled;
  }
  set returnValue(value) {
    if (!value) this.preventDefault();
  }
  initEvent(type, bubbles = false, cancelable = false) {
    requireArguments(arguments.length, 1, 'Event.initEvent');
    type = `${type}`;
    if (this.#phase !== 0) return;
    this.#stop = false;
    this.#stopImmediate = false;
    this.#canceled = false;
    this.#trusted = false;
    this.#target = null;
    this.#type = type;
    this.#bubbles = Boolean(bubbles);
    this.#cancelable = Boolean(cancelable);
  }
  composedPath() {
    return this.#currentTarget === null ? [] : [this.#currentTarget];
  }
  stopPropagation() {
    this.#stop = true;
  }
  stopImmediatePropagation() {
    this.#stop = true;
    this.#stopImmediate = true;
  }
  preventDefault() {
    if (this.#cancelable && !this.#passive) this.#canceled = true;
  }
}
defineInterface(Event, 'Event');
defineConstants(Event, { NONE: 0, CAPTURING_PHASE: 1, AT_TARGET: 2, BUBBLING_PHASE: 3 });

/** https://dom.spec.whatwg.org/#interface-customevent */
export class CustomEvent extends Event {
  #detail;
  constructor(type, init = undefined) {
    requireArguments(arguments.length, 1, 'CustomEvent constructor');
    super(type, init);
    this.#detail = init?.detail ?? null;
  }
  get detail() {
    return this.#detail;
  }
}
defineInterface(CustomEvent, 'CustomEvent');

function listenerOptions(options) {
  return typeof options === 'boolean' ? { capture: options } : (options ?? {});
}

let dispatchTo;
let listenersOf;
let listenersChanged;

/** @param {(target: EventTarget) => void} callback called when a target got or lost a listener */
export function onListenersChanged(callback) {
  listenersChanged = callback;
}

/** https://dom.spec.whatwg.org/#interface-eventtarget */
export class EventTarget {
  /** @type {Array<{type: string, callback: any, capture: boolean, once: boolean, passive: boolean,
   *                removed: boolean, handler: boolean}> | null} */
  #listeners = null;

  static {
    listenersOf = (target) => target.#listeners;
    dispatchTo = (target, event) => {
      const list = target.#listeners;
      if (!startDispatch(event, target)) {
        throw new DOMException('The event is already being dispatched.', 'InvalidStateError');
      }
      if (list !== null) {
        for (const listener of list.slice()) {
          if (listener.removed || listener.type !== event.type) continue;
          if (stopped(event, listener.passive)) break;
          if (listener.once) removeListener(target, listener);
          try {
            const { callback } = listener;
            if (typeof callback === 'function') {
              const result = Reflect.apply(callback, target, [event]);
              if (listener.handler && result === false) event.preventDefault();
            } else {
              const { handleEvent } = callback;
              if (typeof handleEvent !== 'function') {
                throw new TypeError('EventListener.handleEvent is not a function.');
              }
              Reflect.apply(handleEvent, callback, [event]);
            }
          } catch (error) {
            reportException(error);
          }
        }
      }
      return endDispatch(event);
    };
  }

  addEventListener(type, callback, options = undefined) {
    const self = this ?? globalThis;
    if (!(#listeners in self)) throw illegalInvocation();
    requireArguments(arguments.length, 2, 'EventTarget.addEventListener');
    const { capture, once, passive, signal } = listenerOptions(options);
    if (signal !== undefined && !(signal instanceof EventTarget)) {
      throw new TypeError('EventTarget.addEventListener: signal is not an AbortSignal.');
    }
    if (callback === null || callback === undefined || signal?.aborted) return;
    if (typeof callback !== 'function' && typeof callback !== 'object') {
      throw new TypeError('EventTarget.addEventListener: the callback is not an object.');
    }
    type = `${type}`;
    const list = (self.#listeners ??= []);
    for (const listener of list) {
      if (
        listener.type === type &&
        listener.callback === callback &&
        listener.capture === Boolean(capture) &&
        !listener.handler
      )
        return;
    }
    const listener = {
      type,
      callback,
      capture: Boolean(capture),
      once: Boolean(once),
      passive: Boolean(passive),
      removed: false,
      handler: false,
    };
    list[list.length] = listener;
    listenersChanged(self);
    signal?.addEventListener('abort', () => removeListener(self, listener), { once: true });
  }

  removeEventListener(type, callback, options = undefined) {
    const self = this ?? globalThis;
    if (!(#listeners in self)) throw illegalInvocation();
    requireArguments(arguments.length, 2, 'EventTarget.removeEventListener');
    const capture = Boolean(listenerOptions(options).capture);
    type = `${type}`;
    for (const listener of self.#listeners ?? []) {
      if (
        listener.type === type &&
        listener.callback === callback &&
        listener.capture === capture &&
        !listener.handler
      ) {
        removeListener(self, listener);
        return;
      }
    }
  }

  dispatchEvent(event) {
    const self = this ?? globalThis;
    if (!(#listeners in self)) throw illegalInvocation();
    if (!(event instanceof Event)) {
      throw new TypeError('EventTarget.dispatchEvent: the argument is not an Event.');
    }
    return dispatchTo(self, event);
  }

  /** The `on...` attributes: one listener that keeps its place while it is replaced. */
  static {
    setHandler = (target, type, value) => {
      const list = (target.#listeners ??= []);
      const old = list.find((listener) => listener.handler && listener.type === type);
      if (typeof value !== 'function') {
        if (old !== undefined) removeListener(target, old);
      } else if (old !== undefined) {
        old.callback = value;
      } else {
        list[list.length] = {
          type,
          callback: value,
          capture: false,
          once: false,
          passive: false,
          removed: false,
          handler: true,
        };
        listenersChanged(target);
      }
    };
  }
}
defineInterface(EventTarget, 'EventTarget');

function removeListener(target, listener) {
  const list = listenersOf(target);
  listener.removed = true;
  const index = list.indexOf(listener);
  if (index >= 0) list.splice(index, 1);
  listenersChanged(target);
}

var setHandler;

/** Defines `on<type>` on a class that extends EventTarget. */
export function defineHandler(Class, type) {
  Reflect.defineProperty(Class.prototype, `on${type}`, {
    enumerable: true,
    configurable: true,
    get() {
      return listenersOf(this)?.find((l) => l.handler && l.type === type)?.callback ?? null;
    },
    set(value) {
      setHandler(this, type, value);
    },
  });
}

/** Fires a trusted event; errors of listeners go to the log. */
export function fireEvent(target, type) {
  if (listenersOf(target) === null) return;
  const event = new Event(type);
  setTrusted(event);
  dispatchTo(target, event);
}

export function hasListeners(target) {
  const list = listenersOf(target);
  return list !== null && list.length > 0;
}

Reflect.defineProperty(Event.prototype, inspect, {
  configurable: true,
  value() {
    return { type: this.type, defaultPrevented: this.defaultPrevented, target: this.target };
  },
});
