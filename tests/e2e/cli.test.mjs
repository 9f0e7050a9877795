// The command line: what `check` says, how errors are told, exit codes, configuration, the access log.
import assert from 'node:assert/strict';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { once } from 'node:events';
import path from 'node:path';
import { test } from 'node:test';

import { runBrink, startBrink } from './lib/brink.mjs';
import { tempDir, writeFiles } from './lib/files.mjs';
import { httpOrigin } from './lib/origin.mjs';
import { until } from './lib/wait.mjs';

const limits = { timeout: 60_000 };
const good = {
  'middleware.js': `export default () => new Response('ok');
    export const config = { matcher: ['/admin/:path*', '/about'] };`,
  'pages/api/hello.js': 'export default () => new Response("hello");',
  'pages/api/users/[id].js': 'export default () => new Response("user");',
};

test('--version and --help', limits, async (t) => {
  await t.test('--version', async () => {
    const { code, stdout } = await runBrink(['--version']);
    assert.equal(code, 0);
    assert.match(stdout, /\d+\.\d+\.\d+/);
  });
  await t.test('--help', async () => {
    const { code, stdout } = await runBrink(['--help']);
    assert.equal(code, 0);
    for (const word of ['serve', 'check', '--version']) assert.ok(stdout.includes(word), word);
  });
  await t.test('serve --help', async () => {
    const { code, stdout } = await runBrink(['serve', '--help']);
    assert.equal(code, 0);
    for (const option of ['--origin', '--listen', '--config', '--workers', '--access-log']) {
      assert.ok(stdout.includes(option), option);
    }
  });
});

test('a command line that is wrong', limits, async (t) => {
  const dir = tempDir(t);
  const cases = [[], ['frobnicate'], ['serve', dir, '--frob'],
    ['serve', dir, '--workers', 'many'], ['serve', dir, '--workers', '0'],
    ['serve', dir, '--origin', 'ftp://x'], ['serve', dir, '--listen', 'nowhere'],
    ['serve', path.join(dir, 'missing')], ['check', path.join(dir, 'missing')],
    ['serve', dir, '--config', path.join(dir, 'missing.json')]];
  for (const args of cases) {
    await t.test(`brink ${args.join(' ').replaceAll(dir, 'DIR')}`, async () => {
      const { code, stderr, stdout, signal } = await runBrink(args);
      assert.ok(code > 0, `code ${code}, signal ${signal}`);
      assert.notEqual((stderr + stdout).trim(), '');
    });
  }
});

test('check', limits, async (t) => {
  const check = async (t, files) => runBrink(['check', writeFiles(tempDir(t), files)]);

  await t.test('says what would run for which paths', async (t) => {
    const { code, stdout, stderr } = await check(t, good);
    assert.equal(code, 0, stderr);
    for (const part of ['middleware.js', '/admin/:path*', '/about', 'pages/api/hello.js', '/api/hello',
      'pages/api/users/[id].js', '/api/users/[id]']) {
      assert.ok(stdout.includes(part), `${part} is not in:\n${stdout}`);
    }
  });

  await t.test('an app without scripts is fine', async (t) => {
    assert.equal((await check(t, {})).code, 0);
  });

  const broken = {
    'a syntax error': [{ 'middleware.js': 'export default () => {\n  const x = ;\n};' },
      /middleware\.js:2:13: .*Unexpected token/, 'BRINK_MODULE_SYNTAX'],
    'a syntax error in an imported module': [{
      'middleware.js': `import './lib/a.js';\nexport default () => {};`, 'lib/a.js': '\n\n  let let = 1;' },
      /lib\/a\.js:3:7: /, 'BRINK_MODULE_SYNTAX'],
    'a module that is not there': [{
      'middleware.js': `\nimport { x } from './lib/missing.js';\nexport default () => {};` },
      /middleware\.js(:2:\d+)?: .*missing\.js/, 'BRINK_MODULE_NOT_FOUND'],
    'a package that is not there': [{
      'middleware.js': `import x from 'left-pad';\nexport default () => {};` },
      /left-pad/, 'BRINK_MODULE_NOT_FOUND'],
    'an import of a name that does not exist': [{
      'middleware.js': `import { nope } from 'next/server';\nexport default () => {};` },
      /middleware\.js:1:10: .*nope/, 'BRINK_MODULE_SYNTAX'],
    'an error while it is loaded': [{
      'pages/api/x.js': `const a = {};\na.b.c();\nexport default () => {};` },
      /pages\/api\/x\.js:2:5: .*Cannot read properties of undefined/, 'BRINK_MODULE_ERROR'],
    'no export': [{ 'middleware.js': 'export const config = {};' }, /middleware\.js/, 'BRINK_MODULE_EXPORTS'],
    'a handler that is no function': [{ 'pages/api/x.js': 'export default 7;' },
      /pages\/api\/x\.js/, 'BRINK_MODULE_EXPORTS'],
    'a matcher that is no path': [{
      'middleware.js': `export default () => {};\nexport const config = { matcher: 'about' };` },
      /about/, 'BRINK_MATCHER_INVALID'],
    'a matcher with a regular expression that is none': [{
      'middleware.js': `export default () => {};\nexport const config = { matcher: '/a/:b(*)' };` },
      /\/a\/:b/, 'BRINK_MATCHER_INVALID'],
    'a matcher that is a number': [{
      'middleware.js': `export default () => {};\nexport const config = { matcher: 7 };` },
      /matcher/, 'BRINK_MATCHER_INVALID'],
    'both middleware.js and proxy.js': [{
      'middleware.js': 'export default () => {};', 'proxy.js': 'export default () => {};' },
      /middleware\.js.*proxy\.js|proxy\.js.*middleware\.js/, 'BRINK_APP_INVALID'],
    'two handlers for one path': [{
      'pages/api/a.js': 'export default () => {};', 'pages/api/a/index.js': 'export default () => {};' },
      /pages\/api\/a/, 'BRINK_APP_INVALID'],
    'two names for one segment': [{
      'pages/api/[a].js': 'export default () => {};', 'pages/api/[b]/c.js': 'export default () => {};' },
      /\[a\].*\[b\]|\[b\].*\[a\]/, 'BRINK_APP_INVALID'],
    'TypeScript': [{ 'middleware.ts': 'export default () => {};' }, /middleware\.ts/, 'BRINK_APP_INVALID'],
  };
  for (const [name, [files, message, code]] of Object.entries(broken)) {
    await t.test(`fails for ${name}`, async (t) => {
      const result = await check(t, files);
      assert.ok(result.code > 0, `exit code ${result.code}:\n${result.stdout}`);
      assert.match(result.stderr, message);
      assert.ok(result.stderr.includes(code), `${code} is not in:\n${result.stderr}`);
    });
  }

  await t.test('serve fails for the same reasons', async (t) => {
    const dir = writeFiles(tempDir(t), broken['a syntax error'][0]);
    const result = await runBrink(['serve', dir, '--listen', '127.0.0.1:0']);
    assert.ok(result.code > 0);
    assert.match(result.stderr, /middleware\.js:2:13: /);
  });
});

test('brink.json', limits, async (t) => {
  const cases = {
    'is not JSON': ['{\n  "workers": 1,\n}', /brink\.json:\d+:\d+: /, 'BRINK_CONFIG_SYNTAX'],
    'has a key nobody knows': ['{\n  "wrokers": 1\n}', /brink\.json:2:3: .*wrokers/, 'BRINK_CONFIG_INVALID'],
    'has a limit nobody knows': ['{ "limits": {\n    "cpu": 1 } }', /brink\.json:2:5: .*cpu/, 'BRINK_CONFIG_INVALID'],
    'has a string for a number': ['{\n "workers": "two" }', /brink\.json:2:13: /, 'BRINK_CONFIG_INVALID'],
    'has a negative limit': ['{ "limits": { "cpu_ms": -1 } }', /brink\.json:1:25: /, 'BRINK_CONFIG_INVALID'],
    'is a list': ['[]', /brink\.json:1:1: /, 'BRINK_CONFIG_INVALID'],
    'names an origin that is none': ['{ "origin": "gopher://x" }', /brink\.json:1:13: /, 'BRINK_CONFIG_INVALID'],
  };
  for (const [name, [text, message, code]] of Object.entries(cases)) {
    await t.test(name, async (t) => {
      const dir = writeFiles(tempDir(t), { 'brink.json': text });
      for (const command of ['check', 'serve']) {
        const result = await runBrink([command, dir]);
        assert.ok(result.code > 0);
        assert.match(result.stderr, message);
        assert.ok(result.stderr.includes(code), result.stderr);
      }
    });
  }

  await t.test('names the origin', async (t) => {
    const origin = await httpOrigin(t, (request, response) => response.end('from brink.json'));
    const brink = await startBrink(t, { config: { origin: origin.url } });
    assert.equal((await brink.get('/')).text, 'from brink.json');
  });

  await t.test('--origin wins over it', async (t) => {
    const origin = await httpOrigin(t, (request, response) => response.end('from the command line'));
    const brink = await startBrink(t, { origin, config: { origin: 'http://127.0.0.1:1' } });
    assert.equal((await brink.get('/')).text, 'from the command line');
  });

  await t.test('--config names another file', async (t) => {
    const origin = await httpOrigin(t, (request, response) => response.end('from --config'));
    const other = writeFiles(tempDir(t), { 'other.json': { origin: origin.url } });
    const brink = await startBrink(t, { args: ['--config', path.join(other, 'other.json')] });
    assert.equal((await brink.get('/')).text, 'from --config');
  });
});

test('an address that is taken', limits, async (t) => {
  const holder = net.createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  t.after(() => holder.close());
  const address = `127.0.0.1:${holder.address().port}`;
  const { code, stderr } = await runBrink(['serve', tempDir(t), '--listen', address]);
  assert.ok(code > 0);
  assert.match(stderr, /BRINK_LISTEN/);
  assert.ok(stderr.includes(address));
});

test('the access log', limits, async (t) => {
  const origin = await httpOrigin(t, (request, response) => response.end('twelve bytes'));
  const work = async (brink) => {
    await brink.get('/page?x=1', { headers: { host: 'shop.example' } });
    await brink.get('/api/hello');
    await brink.get('/api/throws');
    await brink.get('/api/loops');
  };
  const files = {
    'pages/api/hello.js': good['pages/api/hello.js'],
    'pages/api/throws.js': 'export default () => { throw new Error("no"); };',
    'pages/api/loops.js': 'export default () => { for (;;); };',
  };
  const verify = (text) => {
    const lines = text.trim().split('\n').map((line) => JSON.parse(line));
    assert.equal(lines.length, 4);
    const [page, hello, throws, loops] = lines;
    assert.match(page.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.deepEqual(
      [page.client, page.method, page.host, page.path, page.status, page.bytes, page.upstream],
      ['127.0.0.1', 'GET', 'shop.example', '/page?x=1', 200, 12, 'origin']);
    assert.equal(typeof page.duration_ms, 'number');
    assert.equal(page.cpu_us, undefined);
    assert.equal(page.error, undefined);
    assert.deepEqual([hello.status, hello.bytes, hello.upstream], [200, 5, 'script']);
    assert.deepEqual([throws.status, throws.error], [500, 'BRINK_SCRIPT_ERROR']);
    assert.deepEqual([loops.status, loops.error], [503, 'BRINK_CPU_LIMIT']);
    return lines;
  };

  await t.test('on standard output', async (t) => {
    const brink = await startBrink(t, { origin, files, accessLog: '-' });
    await work(brink);
    await until(() => brink.stdout.split('\n').length === 5, 'four lines');
    verify(brink.stdout);
  });

  await t.test('in a file, complete when brink has ended', async (t) => {
    const file = path.join(tempDir(t), 'access.log');
    const brink = await startBrink(t, { origin, files, accessLog: file });
    await work(brink);
    await brink.stop();
    verify(readFileSync(file, 'utf8'));
    assert.equal(brink.stdout, '');
  });

  await t.test('says what CPU time the scripts took, and gives each request an id', async (t) => {
    const brink = await startBrink(t, { origin, files, accessLog: '-' });
    await work(brink);
    await until(() => brink.stdout.split('\n').length === 5, 'four lines');
    const lines = verify(brink.stdout);
    assert.deepEqual(lines.map((line) => typeof line.cpu_us), ['undefined', 'number', 'number', 'number']);
    assert.ok(lines[3].cpu_us >= 40_000, `${lines[3].cpu_us} us for a script that passed 50 ms`);
    assert.deepEqual(lines.map((line) => typeof line.id), Array(4).fill('string'));
    assert.equal(new Set(lines.map((line) => line.id)).size, 4);
  });

  await t.test('hostile text in a request stays in its line', async (t) => {
    const file = path.join(tempDir(t), 'access.log');
    const brink = await startBrink(t, { origin, accessLog: file });
    await brink.get('/%22{"forged":1}"\\');
    await brink.stop();
    const lines = readFileSync(file, 'utf8').trim().split('\n');
    assert.equal(lines.length, 1);
    assert.equal(JSON.parse(lines[0]).forged, undefined);
  });
});

test('what check looked for, found and ignored', limits, async (t) => {
  const check = (t, files, args = []) => runBrink(['check', writeFiles(tempDir(t), files), ...args]);
  const nothing = /nothing in \S+ runs: looked for middleware\.js or proxy\.js .*pages\/api/;
  const ignored = {
    'App Router handlers': [{ 'app/api/x/route.js': '' }, /app\/api\/x\/route\.js is not used: .*App Router/],
    'those in src': [{ 'src/app/(group)/[id]/route.ts': '' }, /src\/app\/\(group\)\/\[id\]\/route\.ts is not used/],
    'a misspelt middleware': [{ 'middlewares.js': '' }, /middlewares\.js is not used: did you mean middleware\.js\?/],
    'its case': [{ 'Middleware.js': '' }, /Middleware\.js is not used: did you mean/],
    'the old name': [{ 'pages/_middleware.js': '' }, /pages\/_middleware\.js is not used/],
    'a middleware in the wrong folder': [{ 'app/middleware.js': '' }, /app\/middleware\.js is not used: .*in src\//],
    'a Worker': [{ 'src/index.js': 'export default { async fetch(request) { return new Response(); } };' },
      /src\/index\.js is not used: "export default \{ fetch \}" of Cloudflare Workers/],
    'an empty folder': [{}, nothing],
  };
  for (const [name, [files, message]] of Object.entries(ignored)) {
    await t.test(name, async (t) => {
      const { code, stderr } = await check(t, files);
      assert.equal(code, 0, stderr);
      assert.match(stderr, message);
      assert.match(stderr, nothing);
    });
  }
  await t.test('serve says the same', async (t) => {
    const brink = await startBrink(t, { files: { 'middlewares.js': '' } });
    assert.match(brink.stderr, /middlewares\.js is not used/);
    assert.match(brink.stderr, nothing);
  });
  await t.test('nothing of the sort where all is used', async (t) => {
    const { stderr, stdout } = await check(t, { ...good, 'errors/404.html': 'x' });
    assert.equal(stderr, '');
    assert.match(stdout, /error pages +errors\/404\.html/);
  });
  await t.test('no path, of an empty matcher', async (t) => {
    const { stdout } = await check(t, {
      'middleware.js': 'export default () => {}; export const config = { matcher: [] };' });
    assert.match(stdout, /no path \(its config\.matcher is empty\)/);
  });
  await t.test('unknown keys of config', async (t) => {
    const { stderr } = await check(t, {
      'middleware.js': 'export default () => {}; export const config = { matchr: ["/a"] };' });
    assert.match(stderr, /middleware\.js: config has an unknown key \\?"matchr\\?", so the middleware runs on every path/);
  });
});

test('what check says of errors', limits, async (t) => {
  const fails = {
    'fetch() while it is loaded': ['\nawait fetch("http://x/");\nexport default () => {};',
      /middleware\.js:2:\d+: BRINK_MODULE_ERROR: TypeError: fetch\(\) works only while/],
    'CommonJS exports': ['module.exports = () => {};', /middleware\.js:1:1: BRINK_MODULE_ERROR: .*use export and import/],
    'require()': ['const x = require("./a");\nexport default () => {};', /middleware\.js:1:11: .*use export and import/],
    JSON: ['import d from "./d.json";\nexport default () => {};', /BRINK_MODULE_NOT_FOUND: .*JSON can't be imported/],
    'import attributes': ['import d from "./d.json" with { type: "json" };\nexport default () => {};',
      /middleware\.js:1:15: BRINK_MODULE_SYNTAX: import attributes/],
    'a package': ['import l from "lodash";\nexport default () => {};',
      /middleware\.js:1:15: BRINK_MODULE_NOT_FOUND: .*npx esbuild .*--bundle --format=esm --external:next\/server --outfile=middleware\.js/],
    'a matcher without a slash': ['export default () => {};\nexport const config = { matcher: "admin" };',
      /middleware\.js:2:25: BRINK_MATCHER_INVALID: config\.matcher: source must start with \//],
    'a Worker': ['export default { fetch() {} };', /BRINK_MODULE_EXPORTS: .*Cloudflare Workers is not supported/],
    'what is too large': [`export default () => {};\n//${'x'.repeat(4 * 1024 * 1024)}`,
      /BRINK_APP_INVALID: middleware\.js: the file is too large; a module may have at most 4 MiB/],
    'what is no UTF-8': [Buffer.from([0x2f, 0x2f, 0xff, 0x0a]), /middleware\.js:1:3: BRINK_MODULE_SYNTAX: this is not valid UTF-8/],
  };
  for (const [name, [source, message]] of Object.entries(fails)) {
    await t.test(name, async (t) => {
      const dir = writeFiles(tempDir(t), { 'd.json': '{}' });
      writeFileSync(path.join(dir, 'middleware.js'), source);
      const { code, stderr } = await runBrink(['check', dir]);
      assert.equal(code, 1, stderr);
      assert.match(stderr, message);
      assert.equal(stderr.match(/BRINK_/g).length, 1, `told once:\n${stderr}`);
      assert.doesNotMatch(stderr, /Error: config|next_try|worker ended|brink:stdlib/);
    });
  }
  await t.test('a middleware that is a folder', async (t) => {
    const { code, stderr } = await runBrink(['check', writeFiles(tempDir(t), { 'middleware.js/x': '' })]);
    assert.equal(code, 1);
    assert.match(stderr, /BRINK_APP_INVALID: middleware\.js: this is not a file/);
  });
  await t.test('a middleware that leads out of the folder', async (t) => {
    const dir = tempDir(t);
    symlinkSync('/etc/hostname', path.join(dir, 'middleware.js'));
    const { code, stderr } = await runBrink(['check', dir]);
    assert.equal(code, 1);
    assert.match(stderr, /middleware\.js: this leads out of the app's folder/);
  });
  await t.test('a lone surrogate in brink.json', async (t) => {
    const dir = tempDir(t);
    writeFileSync(path.join(dir, 'brink.json'), '{ "origin": "\\ud800" }');
    assert.match((await runBrink(['check', dir])).stderr, /BRINK_CONFIG_SYNTAX: .*lone surrogate/);
  });
});

test('slips of the command line', limits, async (t) => {
  const cases = [
    [['nosuch'], 2, /BRINK_USAGE: there is no command "nosuch"/],
    [['serv'], 2, /no command "serv", did you mean "serve"\?/],
    [[], 2, /BRINK_USAGE: which command\? serve, check or bench/],
    [['serve', '.', '--lisen', ':1'], 2, /there is no option --lisen, did you mean "--listen"\?/],
    [['check', '.', '--cells', '2'], 2, /there is no option --cells/],
    [['check', '--config', '/nonexist'], 2, /BRINK_USAGE: --config \/nonexist: No such file/],
    [['version'], 0, /^brink \d/], [['-v'], 0, /^brink \d/], [['-V'], 0, /^brink \d/],
    [['check', '--version'], 0, /^brink \d/],
    [['help'], 0, /brink serve \./], [['help', 'check'], 0, /brink check shop/],
  ];
  for (const [args, expected, message] of cases) {
    await t.test(`brink ${args.join(' ')}`, async () => {
      const { code, stdout, stderr } = await runBrink(args);
      assert.equal(code, expected, stderr);
      assert.match(stdout + stderr, message);
    });
  }
  await t.test('each command shows its own examples and options', async () => {
    const { stdout } = await runBrink(['check', '--help']);
    assert.doesNotMatch(stdout, /brink bench|--access-log|--workers|--pin-cells/);
    assert.match((await runBrink(['serve', '--help'])).stdout, /--error-detail/);
  });
});
