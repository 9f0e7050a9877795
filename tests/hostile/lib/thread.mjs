// A thread that answers calls: work beside the test that must not wait for it, nor hold it up.
import { Worker } from 'node:worker_threads';

import { cleanUp } from '../../e2e/lib/cleanup.mjs';

/** Starts `file` (see serveCalls); resolves to a function that calls one of its functions. */
export async function startThread(t, file, data) {
  const thread = new Worker(file, { workerData: data });
  const waiting = new Map();
  let last = 0;
  let failure;
  thread.on('message', ({ id, result }) => {
    waiting.get(id).resolve(result);
    waiting.delete(id);
  });
  thread.on('error', (error) => {
    failure = error;
    for (const { reject } of waiting.values()) reject(error);
  });
  cleanUp(t, async () => {
    await thread.terminate();
    if (failure) throw failure;
  });
  return (name, ...args) => new Promise((resolve, reject) => {
    if (failure) return void reject(failure);
    waiting.set(++last, { resolve, reject });
    thread.postMessage({ id: last, name, args });
  });
}

/** In the thread: `functions` are what may be called. */
export function serveCalls(port, functions) {
  port.on('message', async ({ id, name, args }) => {
    port.postMessage({ id, result: await functions[name](...args) });
  });
}
