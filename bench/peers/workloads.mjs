// The requests that are measured, and what a right answer to each is.

/** 2048 bytes of JSON with a list of small objects, as an API would get. */
function jsonBody(bytes) {
  const document = { user: 'ada', note: '', items: [] };
  const length = () => JSON.stringify(document).length;
  for (let id = 0; length() < bytes - 88; ++id) {
    document.items.push({ id, name: `item-${id}`, price: id * 1.25, tags: ['a', 'b'] });
  }
  document.note = 'n'.repeat(bytes - length());
  return JSON.stringify(document);
}

const echoBody = jsonBody(2048);
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

function respondsJson({ status, headers, body }, wanted) {
  if (status !== 200) return `status ${status}`;
  if (!headers['content-type']?.includes('application/json')) {
    return `content-type ${headers['content-type']}`;
  }
  return same(JSON.parse(body), wanted) ? undefined : `body ${String(body).slice(0, 80)}`;
}

function passesOn({ status, body }, bytes) {
  if (status !== 200) return `status ${status}`;
  return body.length === bytes ? undefined : `${body.length} bytes instead of ${bytes}`;
}

const marked = ({ headers }) => (headers['x-edge'] === '1' ? undefined : 'no x-edge: 1');

/**
 * By id. `check` gets { status, headers, body } and returns what is wrong with it, or undefined. A workload
 * with `plain` goes to the peer without its middleware.
 */
export const workloads = {
  W1: {
    title: 'Respond',
    about: 'The middleware answers JSON that it builds from the request’s URL.',
    method: 'GET',
    path: '/api/hello',
    headers: {},
    check: (answer) => respondsJson(answer, { hello: 'edge', path: '/api/hello' }),
  },
  W2: {
    title: 'Redirect',
    about: 'The request has no cookie, so the middleware sends it to /login with a 307.',
    method: 'GET',
    path: '/admin/x',
    headers: {},
    check({ status, headers }) {
      if (status !== 307) return `status ${status}`;
      return headers.location?.endsWith('/login') ? undefined : `location ${headers.location}`;
    },
  },
  W3: {
    title: 'Headers and 1 KiB proxied',
    about:
      'The middleware reads a cookie, sets x-user for the origin and x-edge for the client; the origin’s '
      + 'page of 1 KiB passes through.',
    method: 'GET',
    path: '/page.html',
    headers: { cookie: 'token=1' },
    check(answer) {
      return (
        passesOn(answer, 1024)
        ?? marked(answer)
        ?? (answer.headers['x-saw-user'] === '1' ? undefined : 'the origin did not see x-user: 1')
      );
    },
  },
  W4: {
    title: '1 MiB proxied',
    about: 'As before without the cookie, with a body of 1 MiB.',
    method: 'GET',
    path: '/1m.bin',
    headers: {},
    check: (answer) => passesOn(answer, 1 << 20) ?? marked(answer),
  },
  W5: {
    title: 'Post 2 KiB of JSON',
    about: 'The middleware parses a body of 2 KiB, adds a field and answers JSON.',
    method: 'POST',
    path: '/api/echo',
    headers: { 'content-type': 'application/json' },
    body: echoBody,
    check: (answer) => respondsJson(answer, { ...JSON.parse(echoBody), edge: 1 }),
  },
  WP: {
    title: 'Plain proxy',
    about: 'Nothing to run: no matcher selects the request, and 1 KiB passes through.',
    plain: true,
    method: 'GET',
    path: '/page.html',
    headers: {},
    check: (answer) => passesOn(answer, 1024),
  },
};

/** What the origin serves, by file name. */
export const originFiles = {
  'page.html': '<!doctype html><title>page</title>'.padEnd(1024, 'x'),
  '1m.bin': Buffer.alloc(
    1 << 20,
    Uint8Array.from({ length: 256 }, (_, i) => i),
  ),
};
