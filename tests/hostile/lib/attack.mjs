// Runs one hostile script once, as the client that its comments describe.
import http from 'node:http';

const TIMEOUT_MS = 30_000;
const KEPT_BYTES = 64 * 1024; // of a body, to find an error code in

/** The body of a request: what is worst for whoever parses its type. */
function requestBody({ size, type }) {
  const unit = type.startsWith('multipart') ? '--[\r\n\r\n' : type.includes('urlencoded') ? 'a&' : '[';
  return Buffer.alloc(size, unit);
}

/** Runs it as often as its client says, at once: the first outcome that is not right, or the last. */
export async function attack(url, script, headers = {}) {
  const results = await Promise.all(
    Array.from({ length: script.client.atOnce ?? 1 }, () => attackOnce(url, script, headers)));
  return results.find(({ outcome }) => !script.expect.includes(outcome))
    ?? results.reduce((a, b) => (b.took_ms > a.took_ms ? b : a));
}

/**
 * { outcome, took_ms, status }: the outcome is a BRINK_ code, a status, `broken` or `left`; the time
 * is that from the request, sent whole, to the end of its answer.
 */
function attackOnce(url, script, headers = {}) {
  const { client, request: { method, size, type } } = script;
  let started = performance.now();
  return new Promise((resolve) => {
    let status;
    const end = (outcome, detail = '') => {
      clearTimeout(leaving);
      clearTimeout(patience);
      resolve({ outcome, status, detail, took_ms: performance.now() - started });
      request.destroy();
    };
    const body = size > 0 ? { 'content-type': type, 'content-length': size } : {};
    const request = http.request(url, { method, headers: { ...headers, ...body }, agent: false });
    request.on('finish', () => {
      started = performance.now();
    });
    const leaving = client.leavesAfter_ms === undefined ? undefined
      : setTimeout(() => end('left'), client.leavesAfter_ms);
    const patience = setTimeout(() => end('silence'), TIMEOUT_MS);
    request.on('error', (error) => end('broken', error.message));
    request.on('response', (response) => {
      status = response.statusCode;
      if (client.readsNothing) return;
      const parts = [];
      let bytes = 0;
      response.on('data', (part) => {
        if (bytes < KEPT_BYTES) parts.push(part);
        bytes += part.length;
        if (bytes > client.leavesAfter_bytes) end('left');
      });
      response.on('error', (error) => end('broken', error.message));
      response.on('end', () => {
        const text = Buffer.concat(parts).toString('latin1');
        const code = status >= 400 ? /BRINK_[A-Z0-9_]+/.exec(text)?.[0] : undefined;
        end(code ?? String(status), text.slice(0, 300));
      });
    });
    if (size === 0) request.end();
    else if (client.sendsHalf) request.write(requestBody({ size: size / 2, type }));
    else request.end(requestBody({ size, type }));
  });
}
