// https://w3c.github.io/hr-time/#sec-performance: now and timeOrigin, on coarse clocks.
import { EventTarget } from './events.js';
import { natives } from './natives.js';
import { defineInterface, illegalInvocation, INTERNAL } from './webidl.js';

export class Performance extends EventTarget {
  #brand = true;

  constructor(token) {
    if (token !== INTERNAL) throw new TypeError('Illegal constructor');
    super();
  }

  now() {
    if (!(#brand in this)) throw illegalInvocation();
    return natives.now();
  }

  get timeOrigin() {
    if (!(#brand in this)) throw illegalInvocation();
    return natives.timeOrigin();
  }

  toJSON() {
    return { timeOrigin: this.timeOrigin };
  }
}
defineInterface(Performance, 'Performance');

export const performance = new Performance(INTERNAL);
