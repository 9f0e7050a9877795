// A proxy on Node's http module, by hand and without the fetch API: the floor for what runs on Node.
import http from 'node:http';

const origin = new URL(process.env.ORIGIN);
const agent = new http.Agent({ keepAlive: true, maxSockets: 256 });

function cookie(header, name) {
  for (const pair of header?.split(';') ?? []) {
    const at = pair.indexOf('=');
    if (at > 0 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim();
  }
  return null;
}

function json(response, value) {
  const text = JSON.stringify(value);
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

function echo(request, response) {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const body = JSON.parse(Buffer.concat(chunks).toString());
    body.edge = 1;
    json(response, body);
  });
}

function forward(request, response, headers) {
  const { method, url } = request;
  const options = { agent, host: origin.hostname, port: origin.port, method, path: url, headers };
  const upstream = http.request(options, (answer) => {
    answer.headers['x-edge'] = '1';
    response.writeHead(answer.statusCode, answer.headers);
    answer.pipe(response);
  });
  upstream.on('error', () => {
    if (!response.headersSent) response.statusCode = 502;
    response.end();
  });
  // A client that leaves in the middle of a body must not keep its connection to the origin: the agent
  // has 256 of them.
  response.on('close', () => {
    if (!response.writableFinished) upstream.destroy();
  });
  request.pipe(upstream);
}

http
  .createServer((request, response) => {
    const url = new URL(request.url, `http://${request.headers.host}`);
    const path = url.pathname;
    if (path === '/api/hello') return json(response, { hello: 'edge', path });
    if (path === '/api/echo' && request.method === 'POST') return echo(request, response);
    const token = cookie(request.headers.cookie, 'token');
    if (path.startsWith('/admin/') && token === null) {
      response.writeHead(307, { location: new URL('/login', url).href });
      return response.end();
    }
    const headers = { ...request.headers };
    if (token !== null) headers['x-user'] = token;
    return forward(request, response, headers);
  })
  .listen(Number(process.env.PORT), '127.0.0.1');
