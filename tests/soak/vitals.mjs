// What must not change while brink works: the front's memory and descriptors, its workers, no zombies.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';

import { residentBytes } from '../e2e/lib/proc.mjs';
import { until } from '../e2e/lib/wait.mjs';

const MIB = 2 ** 20;
const SAMPLE_EVERY_MS = 500;
// Between the second and the last third of a run; the first one warms up. Short runs are noise.
const MOST_GROWTH_MIB = 8;
const MOST_SLOPE_MIB_PER_MIN = 2;

function zombiesOf(parent) {
  return readdirSync('/proc').filter((pid) => /^\d+$/.test(pid)).filter((pid) => {
    try {
      const [state, ppid] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
      return state === 'Z' && Number(ppid) === parent;
    } catch {
      return false;
    }
  }).length;
}

export class Vitals {
  constructor(brink) {
    this.brink = brink;
    this.samples = [];
    this.started = performance.now();
    this.timer = setInterval(() => this.#sample(), SAMPLE_EVERY_MS);
    this.timer.unref();
  }

  #sample() {
    this.samples.push({
      at_min: (performance.now() - this.started) / 60_000,
      mib: residentBytes(this.brink.pid) / MIB,
    });
  }

  look() {
    const zygote = this.brink.zygote();
    return {
      front: this.brink.pid,
      descriptors: readdirSync(`/proc/${this.brink.pid}/fd`).length,
      workers: this.brink.workers().length,
      zombies: zombiesOf(this.brink.pid) + zombiesOf(zygote),
    };
  }

  line() {
    const { descriptors, workers, zombies } = this.look();
    return `${(this.samples.at(-1).at_min * 60).toFixed(0)} s: front ${this.samples.at(-1).mib.toFixed(1)} MiB, `
      + `${descriptors} descriptors, ${workers} workers, ${zombies} zombies`;
  }

  /** Waits until what `first` counted is there again; without it, until nothing changes any more. */
  async rest(first) {
    let last = '';
    let same = 0;
    await until(() => {
      const now = JSON.stringify(this.look());
      same = now === last ? same + 1 : 0;
      last = now;
      return first ? now === JSON.stringify(first) : same >= 20;
    }, 'brink to come to rest', { every_ms: 100, timeout_ms: 30_000 }).catch((error) => {
      if (!first) throw error; // else the assertions say what is different
    });
    clearInterval(first ? this.timer : undefined);
  }

  #trend() {
    const rest = this.samples.slice(Math.floor(this.samples.length / 3));
    const half = Math.ceil(rest.length / 2);
    const mean = (list, key) => list.reduce((sum, item) => sum + item[key], 0) / list.length;
    const at = mean(rest, 'at_min');
    const mib = mean(rest, 'mib');
    const spread = rest.reduce((sum, s) => sum + (s.at_min - at) ** 2, 0);
    return {
      growth_mib: mean(rest.slice(half), 'mib') - mean(rest.slice(0, half), 'mib'),
      slope: rest.reduce((sum, s) => sum + (s.at_min - at) * (s.mib - mib), 0) / spread,
      highest_mib: Math.max(...rest.map((sample) => sample.mib)),
    };
  }

  growth() {
    const { growth_mib, slope, highest_mib } = this.#trend();
    return `${slope.toFixed(2)} MiB a minute, ${growth_mib.toFixed(2)} MiB between the second and the `
      + `last third, at most ${highest_mib.toFixed(1)} MiB`;
  }

  assertSteady() {
    const { growth_mib, slope } = this.#trend();
    assert.ok(growth_mib < MOST_GROWTH_MIB || slope < MOST_SLOPE_MIB_PER_MIN, this.growth());
  }
}
