// process, as far as the edge runtime has it: env. A plain object that scripts may change; each realm
// has its own.
// https://nextjs.org/docs/app/api-reference/edge#environment-variables
import { natives } from './natives.js';
import { defineProperty } from './primordials.js';

/** What Next.js sets for all code of its edge runtime; the app's variables win. */
const defaults = ['NODE_ENV', 'production', 'NEXT_RUNTIME', 'edge'];

function addVariables(env, list) {
  for (let i = 0; i < list.length; i += 2) {
    // Not by assignment: a variable may be called __proto__.
    defineProperty(env, list[i], {
      __proto__: null,
      value: list[i + 1],
      writable: true,
      enumerable: true,
      configurable: true,
    });
  }
}

export function createProcess() {
  const process = {};
  const setEnv = (value) => {
    defineProperty(process, 'env', {
      __proto__: null,
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    });
    return value;
  };
  // Made when it is first looked at: the snapshot knows no app.
  defineProperty(process, 'env', {
    __proto__: null,
    get() {
      const env = {};
      addVariables(env, defaults);
      addVariables(env, natives.environment());
      return setEnv(env);
    },
    set: setEnv,
    enumerable: true,
    configurable: true,
  });
  return process;
}
