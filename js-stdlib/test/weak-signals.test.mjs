// Signals that follow another one must not stay for as long as that one does.
import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { test } from 'node:test';
import v8 from 'node:v8';
import vm from 'node:vm';
import { startWorker } from './natives-node.mjs';

v8.setFlagsFromString('--expose-gc');
const gc = vm.runInNewContext('gc');
v8.setFlagsFromString('--no-expose-gc');

test('dependents are collected, unless somebody listens', async () => {
  const worker = startWorker();
  worker.run(`var source = new AbortController(); var refs = []; var heard = 0;
    function make(listen) {
      const made = [AbortSignal.any([source.signal]), new Request('http://a.example/', { signal: source.signal }).signal,
        new Request(new Request('http://a.example/', { signal: source.signal })).clone().signal];
      for (const signal of made) if (listen) signal.addEventListener('abort', () => heard++);
      refs.push(...made.map((signal) => new WeakRef(signal)));
    }
    for (let i = 0; i < 100; i++) make(false); for (let i = 0; i < 10; i++) make(true);
    // Who stops listening is let go, too.
    for (let i = 0; i < 100; i++) { const signal = AbortSignal.any([source.signal]); const f = () => {};
      signal.addEventListener('abort', f); signal.removeEventListener('abort', f); refs.push(new WeakRef(signal)); }`);
  for (let i = 0; i < 5; i++) {
    await setImmediate();
    gc();
  }
  assert.equal(worker.run(`refs.filter((ref) => ref.deref() !== undefined).length`), 30);
  worker.run(`source.abort()`);
  assert.equal(worker.run('heard'), 30);
});
