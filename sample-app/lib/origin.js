// Where the shop's own API is. A worker has no network of its own: brink makes the request for it.
// ./run serves a copy with another port in this line when ORIGIN_PORT names one.
export const ORIGIN = 'http://127.0.0.1:3000';
