// The hostile scripts: each a handler in scripts/<class>/<name>.js whose first comments say what it
// attacks and how it is to be judged:
//
//   // What it attacks.
//   // expect: BRINK_CPU_LIMIT, 200   the outcomes that are right: an error code, a status, or
//                                     `broken` (the body breaks off), `left` (the client did)
//   // waits                          it may take until the wall time limit; others, the CPU limit
//   // leaves state                   in its worker, which is ended after it
//   // own app                        changes what all code of an app shares: no good handler beside it
//   // request: POST 1000 text/plain  method, bytes and type of the request; else GET
//   // client: sends half, reads nothing, leaves after 20 ms (or: after 4 MB), 300 at once
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../scripts', import.meta.url));

export function readScripts(only = /^/) {
  const names = readdirSync(folder, { recursive: true })
    .filter((file) => file.endsWith('.js'))
    .map((file) => file.slice(0, -'.js'.length))
    .filter((name) => only.test(name));
  if (names.length === 0) throw new Error(`there is no hostile script whose name matches ${only}`);
  return names.sort()
    .map((name) => parse(name, readFileSync(path.join(folder, `${name}.js`), 'utf8')));
}

function parse(name, source) {
  const [attacks, ...rest] = headComments(source);
  const script = {
    name, source, attacks, expect: [], waits: false, leavesState: false, ownApp: false, client: {},
    request: { method: 'GET', size: 0, type: 'text/plain' },
  };
  for (const line of rest) {
    const [, key, value] = /^(expect|waits|leaves state|own app|request|client)(?:: (.+))?$/.exec(line) ?? [];
    if (key === 'expect') script.expect = value.split(', ');
    else if (key === 'waits') script.waits = true;
    else if (key === 'leaves state') script.leavesState = true;
    else if (key === 'own app') script.ownApp = true;
    else if (key === 'request') script.request = parseRequest(value);
    else if (key === 'client') script.client = parseClient(value);
  }
  if (script.expect.length === 0) throw new Error(`${name} does not say what is expected of it`);
  return script;
}

function headComments(source) {
  const lines = source.split('\n');
  const end = lines.findIndex((line) => !line.startsWith('// '));
  return lines.slice(0, end).map((line) => line.slice(3));
}

function parseRequest(text) {
  const [method, size, ...type] = text.split(' ');
  return { method, size: Number(size), type: type.join(' ') || 'text/plain' };
}

function parseClient(text) {
  const [, amount, unit] = /leaves after (\d+) (ms|MB)/.exec(text) ?? [];
  return {
    sendsHalf: text.includes('sends half'),
    readsNothing: text.includes('reads nothing'),
    atOnce: Number(/(\d+) at once/.exec(text)?.[1] ?? 1),
    leavesAfter_ms: unit === 'ms' ? Number(amount) : undefined,
    leavesAfter_bytes: unit === 'MB' ? Number(amount) * 1024 * 1024 : undefined,
  };
}
