import { handle } from './handle.mjs';

export default {
  fetch(request, env) {
    return handle(request, (original, url, headers) =>
      env.ORIGIN.fetch(url, { method: original.method, headers, body: original.body, redirect: 'manual' }),
    );
  },
};
