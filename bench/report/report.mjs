// One HTML file out of the results of a run: no script, and nothing to fetch.
//
//   node bench/report/report.mjs RESULTS.json REPORT.html
import { readFileSync, writeFileSync } from 'node:fs';

import { judge } from '../peers/targets.mjs';
import { commands, machineAndVersions, method, workloadTable } from './background.mjs';
import { cells, cpuTime, latency, memoryAndApps, starts, throughput } from './figures.mjs';
import { raw, tag } from './markup.mjs';
import { targets } from './summary.mjs';

const style = readFileSync(new URL('./style.css', import.meta.url), 'utf8');

const day = (text) => new Date(text).toISOString().replace('T', ' ').slice(0, 16);

/** The page, as text. `results` is what results.json holds; its verdicts are made anew. */
export function writeReport(results) {
  const { machine, options } = results;
  const whole = { ...results, rows: judge(results) };
  const page = tag(
    'html',
    { lang: 'en' },
    tag(
      'head',
      {},
      tag('meta', { charset: 'utf-8' }),
      tag('meta', { name: 'viewport', content: 'width=device-width, initial-scale=1' }),
      tag('title', {}, 'brink beside its peers'),
      // An empty icon, or browsers ask the server for one.
      tag('link', { rel: 'icon', href: 'data:,' }),
      tag('style', {}, raw(style)),
    ),
    tag(
      'body',
      {},
      tag(
        'main',
        {},
        tag('h1', {}, 'brink beside its peers'),
        tag(
          'p',
          { class: 'facts' },
          `${day(results.started)} UTC · ${machine.cpu}, ${machine.cores} cores`
            + `${machine.virtual ? ', virtual' : ''} · ${machine.kernel}`
            + `${results.commit ? ` · commit ${results.commit}` : ''}`,
          options.quick && tag('b', {}, ' · a quick run: it shows that all works, and compares nothing'),
        ),
        [
          targets,
          cpuTime,
          latency,
          throughput,
          cells,
          starts,
          memoryAndApps,
          workloadTable,
          method,
          machineAndVersions,
          commands,
        ].map((part) => part(whole)),
      ),
    ),
  );
  return `<!doctype html>\n${page}\n`;
}

if (import.meta.main ?? process.argv[1] === import.meta.filename) {
  const [results, report] = process.argv.slice(2);
  if (!report) {
    console.error('usage: node bench/report/report.mjs RESULTS.json REPORT.html');
    process.exit(2);
  }
  writeFileSync(report, writeReport(JSON.parse(readFileSync(results, 'utf8'))));
}
