// An HTTP client for tests, on node:http: the path goes out as it is, nothing is followed or decoded.
import http from 'node:http';

/**
 * Sends a request and resolves when the response's head is here: { status, headers, rawHeaders, stream,
 * request }. Without `agent` each request has its own connection.
 */
export function open(base, path, options = {}) {
  const { method = 'GET', headers = {}, body, agent = false, timeout_ms = 30_000, onInterim } = options;
  const { hostname, port } = new URL(base);
  return new Promise((resolve, reject) => {
    const request = http.request({ hostname, port, path, method, headers, agent });
    request.setTimeout(timeout_ms, () => {
      request.destroy(new Error(`${method} ${path}: silence for ${timeout_ms} ms`));
    });
    if (onInterim) request.on('information', onInterim);
    request.once('error', reject);
    request.once('response', (stream) => {
      // A late error of the request (a broken body) is the stream's to report.
      request.on('error', () => {});
      resolve({
        status: stream.statusCode,
        statusText: stream.statusMessage,
        headers: stream.headers,
        rawHeaders: stream.rawHeaders,
        stream,
        request,
      });
    });
    if (body && typeof body.pipe === 'function') body.pipe(request);
    else if (body !== null) request.end(body); // null: the caller writes to `request` itself
    options.onRequest?.(request);
  });
}

/** As open(), and reads the body: adds { body, text, json() }. */
export async function send(base, path, options = {}) {
  const response = await open(base, path, options);
  const body = await readAll(response.stream);
  return {
    ...response,
    body,
    text: body.toString('utf8'),
    json() {
      try {
        return JSON.parse(this.text);
      } catch {
        throw new Error(`not JSON (status ${this.status}): ${this.text.slice(0, 2000)}`);
      }
    },
  };
}

export async function readAll(stream) {
  const parts = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}

/** The BRINK_ code of an error page; undefined when it has none. */
export function errorCode(response) {
  return /BRINK_[A-Z0-9_]+/.exec(response.text)?.[0];
}
