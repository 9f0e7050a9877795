// Waiting without guessing how long something takes.
import { setTimeout as sleep } from 'node:timers/promises';

export { sleep };

/** Calls `probe` until it returns something truthy, and returns that; throws after `timeout_ms`. */
export async function until(probe, what, { timeout_ms = 15_000, every_ms = 20 } = {}) {
  const deadline = performance.now() + timeout_ms;
  for (;;) {
    const value = await probe();
    if (value) return value;
    if (performance.now() > deadline) throw new Error(`waited ${timeout_ms} ms in vain for ${what}`);
    await sleep(every_ms);
  }
}

/** The promise, or an error when it is not settled after `timeout_ms`. */
export async function within(promise, what, timeout_ms = 15_000) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`${what} was not done after ${timeout_ms} ms`)), timeout_ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
