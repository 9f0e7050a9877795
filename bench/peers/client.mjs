// A small HTTP/1.1 client on a bare socket, for checks and for the times of single requests.
import net from 'node:net';

/** The status of one GET on a connection of its own; rejects when there is none. */
export function firstStatus(port, path, headers = {}) {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
    socket.setTimeout(20_000, () => socket.destroy(new Error('no answer in 20 s')));
    socket.once('connect', () => socket.write(head('GET', path, port, { connection: 'close', ...headers })));
    socket.once('data', (bytes) => {
      const status = Number(/^HTTP\/1\.\d (\d{3})/.exec(bytes.toString('latin1'))?.[1]);
      socket.destroy();
      if (status) resolve(status);
      else reject(new Error('the answer is not HTTP'));
    });
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('the connection was closed')));
  });
}

function head(method, path, port, headers) {
  const fields = Object.entries({ host: `127.0.0.1:${port}`, ...headers });
  return `${method} ${path} HTTP/1.1\r\n${fields.map(([k, v]) => `${k}: ${v}\r\n`).join('')}\r\n`;
}

/** One request on a connection of its own: { status, headers, body }. */
export async function request(port, { method = 'GET', path, headers = {}, body }) {
  const connection = await Connection.open(port);
  try {
    return await connection.request({ method, path, headers, body });
  } finally {
    connection.close();
  }
}

/** A kept connection, one request at a time. */
export class Connection {
  static open(port) {
    return new Promise((resolve, reject) => {
      const socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
      socket.once('error', reject);
      socket.once('connect', () => resolve(new Connection(socket, port)));
    });
  }

  constructor(socket, port) {
    Object.assign(this, { socket, port });
    socket.setTimeout(20_000, () => socket.destroy(new Error('no answer in 20 s')));
    socket.on('data', (bytes) => this.#read(bytes));
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => this.#fail(new Error('the connection was closed')));
  }

  request({ method = 'GET', path, headers = {}, body }) {
    const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
      this.chunks = [];
      this.size = 0;
      this.sent_ms = performance.now();
      this.socket.write(head(method, path, this.port, { ...headers, ...length }) + (body ?? ''));
    });
  }

  close() {
    this.waiting = undefined;
    this.socket.destroy();
  }

  #fail(error) {
    this.waiting?.reject(error);
    this.waiting = undefined;
  }

  #read(bytes) {
    if (!this.waiting) return;
    this.chunks.push(bytes);
    this.size += bytes.length;
    if (this.wanted !== undefined && this.size < this.wanted) return;
    const answer = this.#parse(Buffer.concat(this.chunks));
    if (!answer) return;
    const { resolve } = this.waiting;
    this.waiting = undefined;
    this.wanted = undefined;
    resolve({ ...answer, elapsed_ms: performance.now() - this.sent_ms });
  }

  // The whole answer, or undefined while a part of it is missing.
  #parse(bytes) {
    const end = bytes.indexOf('\r\n\r\n');
    if (end < 0) return undefined;
    const [line, ...fields] = bytes.toString('latin1', 0, end).split('\r\n');
    const headers = {};
    for (const field of fields) {
      const at = field.indexOf(':');
      headers[field.slice(0, at).toLowerCase()] = field.slice(at + 1).trim();
    }
    const rest = bytes.subarray(end + 4);
    const body = headers['transfer-encoding'] ? chunked(rest) : this.#counted(rest, end + 4, headers);
    return body && { status: Number(line.split(' ')[1]), headers, body };
  }

  #counted(rest, offset, headers) {
    const length = Number(headers['content-length'] ?? 0);
    this.wanted = offset + length;
    return rest.length < length ? undefined : rest.subarray(0, length);
  }
}

function chunked(bytes) {
  const parts = [];
  for (let at = 0; ;) {
    const end = bytes.indexOf('\r\n', at);
    if (end < 0) return undefined;
    const size = parseInt(bytes.toString('latin1', at, end), 16);
    if (bytes.length < end + 2 + size + 2) return undefined;
    if (size === 0) return Buffer.concat(parts);
    parts.push(bytes.subarray(end + 2, end + 2 + size));
    at = end + 2 + size + 2;
  }
}
