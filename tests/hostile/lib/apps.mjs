// Apps that must not load: brink refuses them with a clear error, in time, and serves nobody else
// worse. `expect` lists the codes that are right.
const nested = (open, middle, close, depth) => open.repeat(depth) + middle + close.repeat(depth);
const handler = 'export default () => new Response("loaded");';
const api = (source) => ({ 'pages/api/a.js': source });

export const apps = [
  { attacks: 'a module of more bytes than a module may have', expect: ['BRINK_APP_INVALID', 'BRINK_MODULE_NOT_FOUND'],
    files: () => api(`/*${'x'.repeat(5 << 20)}*/ ${handler}`) },
  { attacks: '3.9 MB of functions', expect: ['loads', 'BRINK_START_LIMIT', 'BRINK_MEMORY_LIMIT', 'BRINK_SCRIPT_START_FAILED'],
    files: () => api(`${'(() => [1, { a: 2 }, () => 3]); '.repeat(120_000)} ${handler}`) },
  { attacks: 'a million parentheses, nested', expect: ['BRINK_MODULE_SYNTAX', 'BRINK_START_LIMIT', 'BRINK_MODULE_ERROR'],
    files: () => api(`const a = ${nested('(', '1', ')', 1_000_000)}; ${handler}`) },
  { attacks: 'a million brackets, nested', expect: ['BRINK_MODULE_SYNTAX', 'BRINK_START_LIMIT', 'BRINK_MODULE_ERROR'],
    files: () => api(`const a = ${nested('[', '', ']', 1_000_000)}; ${handler}`) },
  { attacks: 'functions in functions', expect: ['BRINK_MODULE_SYNTAX', 'BRINK_START_LIMIT', 'BRINK_MODULE_ERROR'],
    files: () => api(`${nested('(()=>{', '', '})()', 200_000)}; ${handler}`) },
  { attacks: 'a million unary operators', expect: ['BRINK_MODULE_SYNTAX', 'BRINK_START_LIMIT', 'BRINK_MODULE_ERROR'],
    files: () => api(`const a = ${'!'.repeat(1_000_000)}1; ${handler}`) },
  { attacks: 'templates in templates', expect: ['BRINK_MODULE_SYNTAX', 'BRINK_START_LIMIT', 'BRINK_MODULE_ERROR'],
    files: () => api(`const a = ${nested('`${', '1', '}`', 300_000)}; ${handler}`) },
  { attacks: 'a sum of a million terms', expect: ['loads', 'BRINK_MODULE_SYNTAX', 'BRINK_START_LIMIT', 'BRINK_MODULE_ERROR', 'BRINK_MEMORY_LIMIT'],
    files: () => api(`const a = ${'1+'.repeat(1_000_000)}1; ${handler}`) },
  { attacks: 'a pattern of half a million groups', expect: ['BRINK_MODULE_SYNTAX', 'BRINK_START_LIMIT', 'BRINK_MODULE_ERROR'],
    files: () => api(`const a = /${nested('(', '', ')', 500_000)}/; ${handler}`) },
  { attacks: 'a hundred thousand exports', expect: ['loads', 'BRINK_START_LIMIT', 'BRINK_MEMORY_LIMIT', 'BRINK_SCRIPT_START_FAILED'],
    files: () => api(`${Array.from({ length: 100_000 }, (_, i) => `export let e${i};`).join('')} ${handler}`) },
  { attacks: 'an endless loop at the top level', expect: ['BRINK_START_LIMIT'],
    files: () => api(`for (;;); ${handler}`) },
  { attacks: 'endless microtasks at the top level', expect: ['BRINK_START_LIMIT'],
    files: () => api(`const turn = () => queueMicrotask(turn); turn(); ${handler}`) },
  { attacks: 'a top-level await that never settles', expect: ['BRINK_MODULE_ERROR', 'BRINK_START_LIMIT', 'BRINK_SCRIPT_START_FAILED'],
    files: () => api(`await new Promise(() => {}); ${handler}`) },
  { attacks: 'memory at the top level', expect: ['BRINK_MEMORY_LIMIT', 'BRINK_START_LIMIT', 'BRINK_SCRIPT_START_FAILED'],
    files: () => api(`const kept = []; for (;;) kept.push(new Array(10_000).fill(0.5)); ${handler}`) },
  { attacks: 'half a gigabyte split at the top level', expect: ['BRINK_MEMORY_LIMIT', 'BRINK_START_LIMIT', 'BRINK_MODULE_ERROR', 'BRINK_SCRIPT_START_FAILED'],
    files: () => api(`const kept = '1'.repeat(2 ** 29 - 24).split(''); ${handler}`) },
  { attacks: 'a thrown value whose hooks loop', expect: ['BRINK_START_LIMIT', 'BRINK_MODULE_ERROR'],
    files: () => api(`throw { get message() { for (;;); }, toString() { for (;;); } }; ${handler}`) },
  { attacks: 'a getter as the default export', expect: ['BRINK_MODULE_EXPORTS'],
    files: () => api('export default { get call() { for (;;); } };') },
  { attacks: 'a chain of two thousand modules', expect: ['loads', 'BRINK_START_LIMIT', 'BRINK_MEMORY_LIMIT', 'BRINK_MODULE_ERROR'],
    files: () => ({ 'pages/api/a.js': `import '../../m/m0.js'; ${handler}`,
      ...Object.fromEntries(Array.from({ length: 2000 }, (_, i) =>
        [`m/m${i}.js`, i === 1999 ? '' : `import './m${i + 1}.js';`])) }) },
  { attacks: 'modules that import one another', expect: ['loads'],
    files: () => ({ 'pages/api/a.js': `import '../../m/a.js'; ${handler}`,
      'm/a.js': "import './b.js';", 'm/b.js': "import './a.js';" }) },
  { attacks: 'bytes that are no UTF-8', expect: ['loads', 'BRINK_MODULE_SYNTAX', 'BRINK_MODULE_NOT_FOUND'],
    files: () => api(Buffer.concat([Buffer.from([0xff, 0xfe, 0x00, 0xc3]), Buffer.from(handler)])) },
  { attacks: 'a matcher that is a proxy', expect: ['BRINK_MATCHER_INVALID', 'BRINK_START_LIMIT', 'BRINK_MODULE_ERROR'],
    files: () => ({ 'middleware.js': `export default () => {};
      export const config = { matcher: new Proxy([], { get() { for (;;); } }) };` }) },
  { attacks: 'a matcher of ten thousand paths', expect: ['loads', 'BRINK_MATCHER_INVALID', 'BRINK_START_LIMIT'],
    files: () => ({ 'middleware.js': `export default () => {};
      export const config = { matcher: Array.from({ length: 10_000 }, (_, i) => '/p' + i) };` }) },
];
