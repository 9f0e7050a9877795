// One TCP connection, byte by byte: for what a well-behaved client or origin would never send.
import net from 'node:net';
import { once } from 'node:events';

export class RawConnection {
  constructor(socket) {
    this.socket = socket;
    this.buffer = Buffer.alloc(0);
    this.ended = false;   // the peer sent FIN
    this.error = null;    // or reset the connection
    this.closed = false;
    this.wake = () => {};
    socket.on('data', (bytes) => {
      this.buffer = this.buffer.length ? Buffer.concat([this.buffer, bytes]) : bytes;
      this.wake();
    });
    socket.on('end', () => { this.ended = true; this.wake(); });
    socket.on('error', (error) => { this.error = error; this.ended = true; this.wake(); });
    socket.on('close', () => { this.closed = true; this.ended = true; this.wake(); });
  }

  static async connect(base, options = {}) {
    const { hostname, port } = new URL(base);
    const socket = net.connect({ host: hostname, port: Number(port), allowHalfOpen: true, ...options });
    await once(socket, 'connect');
    socket.setNoDelay(true);
    socket.unref(); // a connection that a failed test left open does not keep its file from ending
    return new RawConnection(socket);
  }

  write(data) { return this.socket.write(data); }

  /** Sends FIN; what the peer still sends can be read. */
  end() { this.socket.end(); }

  /** Gone, without a farewell; `reset` sends RST. */
  destroy({ reset = false } = {}) {
    if (reset) this.socket.resetAndDestroy();
    else this.socket.destroy();
  }

  /** Resolves with `find(buffer)` as soon as that is not undefined. */
  async wait(find, what, timeout_ms = 15_000) {
    const deadline = performance.now() + timeout_ms;
    for (;;) {
      const found = find(this.buffer);
      if (found !== undefined) return found;
      const got = () => `; got ${JSON.stringify(this.buffer.subarray(0, 2000).toString('latin1'))}`;
      if (this.ended) throw new Error(`the peer closed before ${what}${got()}`);
      const left = deadline - performance.now();
      if (left <= 0) throw new Error(`no ${what} within ${timeout_ms} ms${got()}`);
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, left);
        this.wake = () => { clearTimeout(timer); resolve(); };
      });
    }
  }

  take(length) {
    const bytes = this.buffer.subarray(0, length);
    this.buffer = this.buffer.subarray(length);
    return bytes;
  }

  async readBytes(length) {
    await this.wait((b) => (b.length >= length ? true : undefined), `${length} bytes`);
    return this.take(length);
  }

  /** Up to and including `mark`, as latin1 text. */
  async readUntil(mark) {
    const end = await this.wait((b) => {
      const at = b.indexOf(mark);
      return at < 0 ? undefined : at + mark.length;
    }, JSON.stringify(mark));
    return this.take(end).toString('latin1');
  }

  async readToEnd() {
    const deadline = performance.now() + 15_000;
    while (!this.ended) {
      if (performance.now() > deadline) throw new Error('the peer keeps the connection open');
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, 1_000);
        this.wake = () => { clearTimeout(timer); resolve(); };
      });
    }
    return this.take(this.buffer.length);
  }

  /** A head: { start, headers: {name: [values]}, raw }. */
  async readHead() {
    const raw = await this.readUntil('\r\n\r\n');
    const [start, ...lines] = raw.slice(0, -4).split('\r\n');
    const headers = {};
    for (const line of lines) {
      const colon = line.indexOf(':');
      (headers[line.slice(0, colon).toLowerCase()] ??= []).push(line.slice(colon + 1).trim());
    }
    return { start, headers, raw };
  }

  /** A whole message; `bodiless` for an answer to HEAD. Adds { body, status } to the head. */
  async readMessage({ bodiless = false } = {}) {
    const head = await this.readHead();
    const status = head.start.startsWith('HTTP/') ? Number(head.start.split(' ')[1]) : undefined;
    const isRequest = status === undefined;
    let body = Buffer.alloc(0);
    const none = bodiless || status === 204 || status === 304 || (status >= 100 && status < 200);
    if (!none) {
      if (/chunked/i.test(head.headers['transfer-encoding']?.join() ?? '')) {
        body = await this.readChunkedBody();
      } else if (head.headers['content-length']) {
        body = await this.readBytes(Number(head.headers['content-length'][0]));
      } else if (!isRequest) {
        body = await this.readToEnd();
      }
    }
    return { ...head, status, body, text: body.toString('utf8') };
  }

  async readChunkedBody() {
    const parts = [];
    for (;;) {
      const size = parseInt(await this.readUntil('\r\n'), 16);
      if (size === 0) break;
      parts.push(Buffer.from(await this.readBytes(size)));
      await this.readBytes(2);
    }
    while ((await this.readUntil('\r\n')) !== '\r\n') { /* trailers */ }
    return Buffer.concat(parts);
  }

  /** Resolves when the peer has closed its side (or the whole connection). */
  async waitClosed(timeout_ms = 15_000) {
    const deadline = performance.now() + timeout_ms;
    while (!this.ended) {
      if (performance.now() > deadline) {
        throw new Error(`the peer did not close the connection within ${timeout_ms} ms`);
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}
