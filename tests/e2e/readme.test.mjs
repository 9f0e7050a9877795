// The README's example, run as it is written: what works there works for who pastes it.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';

import { startBrink } from './lib/brink.mjs';
import { repository, tempDir, writeFiles } from './lib/files.mjs';

const readme = readFileSync(path.join(repository, 'README.md'), 'utf8');

// A fenced block is run when the comment before it says so; `out` is what standard output must match.
const blocks = [...readme.matchAll(/<!-- runs(?:: (.*?))? -->\n```sh\n([^]*?)```/g)];

test('the README', { timeout: 300_000 }, async (t) => {
  await t.test('has an example to paste', () => assert.ok(blocks.length >= 1));

  for (const [, expected, commands] of blocks) {
    await t.test(commands.trim().split('\n').at(-1), async () => {
      const child = spawn('bash', ['-eu', '-c', commands], {
        cwd: repository, stdio: ['ignore', 'pipe', 'pipe'], detached: true,
      });
      let out = '';
      let err = '';
      child.stdout.on('data', (bytes) => { out += bytes; });
      child.stderr.on('data', (bytes) => { err += bytes; });
      const [code] = await once(child, 'exit');
      // What the block left running in the background is in its process group.
      try {
        process.kill(-child.pid, 'SIGTERM');
      } catch { /* nothing was left */ }
      assert.equal(code, 0, `${out}\n${err}`);
      if (expected) assert.match(out, new RegExp(expected, 's'));
    });
  }

  await t.test('has a line that bundles a middleware', async (t) => {
    const line = /^ {4}npx (esbuild .*)$/m.exec(readme)?.[1];
    assert.ok(line);
    const dir = tempDir(t);
    writeFiles(dir, {
      'src/middleware.ts': `import { NextResponse, type NextRequest } from 'next/server';
        import { word } from 'words';
        import data from './data.json';
        const headers: Record<string, string> = { 'x-bundled': word + data.answer };
        export default function middleware(request: NextRequest) { return NextResponse.json(request.method, { headers }); }`,
      'src/data.json': '{"answer": 42}',
      'node_modules/words/package.json': '{"name": "words", "main": "index.js"}',
      'node_modules/words/index.js': "exports.word = 'packed';",
    });
    await promisify(execFile)('sh', ['-c', line], { cwd: dir });
    const brink = await startBrink(t, { dir: path.join(dir, 'app') });
    assert.equal((await brink.get('/')).headers['x-bundled'], 'packed42');
  });

  await t.test('names only files and folders that are there', async () => {
    const { existsSync } = await import('node:fs');
    for (const [, link] of readme.matchAll(/\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)/g)) {
      assert.ok(existsSync(path.join(repository, link)), link);
    }
  });
});
