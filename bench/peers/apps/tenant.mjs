// One app among many: the same middleware, without an origin.
import { handle } from './handle.mjs';

export default {
  fetch(request) {
    return handle(request, () => new Response('no origin', { status: 502 }));
  },
};
