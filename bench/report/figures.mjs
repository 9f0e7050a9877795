// The plots of the report, each with the same figures as a table behind it.
import { figure, median } from '../peers/statistics.mjs';
import { barPlot } from './bars.mjs';
import { duration, mebibytes, micros, millis, number, plain, thousands } from './format.mjs';
import { linePlot } from './lines.mjs';
import { dataTable, details, tag } from './markup.mjs';

const labelOf = ({ labels }, name) => labels[name] ?? name;
const withRuns = (peers) => Object.entries(peers ?? {}).filter(([, { runs }]) => runs.length > 0);

const card = (title, text, ...children) =>
  tag('div', { class: 'card' }, title && tag('h3', {}, title), text && tag('p', {}, text), ...children);

function section(id, title, text, ...children) {
  return [tag('h2', { id }, title), text && tag('p', {}, text), ...children];
}

// ---- CPU time per request ----

export function cpuTime(results) {
  const cards = Object.entries(results.cpu)
    .map(([id, peers]) => cpuCard(results, id, peers))
    .filter(Boolean);
  if (cards.length === 0) return undefined;
  return section(
    'cpu',
    'CPU time per request',
    'User and system time of the server’s processes over the requests served; less is better. A bar is the median of '
      + 'all rounds, the light line in it the best round, the whisker the range. A bar with a break is longer than drawn.',
    tag('div', { class: 'cards' }, cards),
  );
}

function cpuCard(results, id, peers) {
  const { title, about } = results.workloads[id];
  const bars = withRuns(peers)
    .map(([name, result]) => {
      const { median: value, best } = figure(result, (run) => run.cpu_us);
      const all = result.runs.map((run) => run.cpu_us);
      return {
        name,
        label: labelOf(results, name),
        value,
        best,
        text: micros(value),
        range: [Math.min(...all), Math.max(...all)],
      };
    })
    .sort((a, b) => a.value - b.value);
  const failed = Object.entries(peers).filter(([, result]) => result.failed);
  if (bars.length === 0 && failed.length === 0) return undefined;
  return card(
    `${id}: ${title}`,
    about,
    bars.length > 0
      && barPlot({
        title: `CPU time per request, ${title}: ${bars.map(({ label, text }) => `${label} ${text}`).join(', ')}`,
        bars,
        unit: 'µs of CPU time per request',
      }),
    failed.map(([name, { failed: why }]) => tag('p', {}, `${labelOf(results, name)} is missing: ${why}`)),
    bars.length > 0 && details('Figures', cpuTable(results, peers)),
  );
}

function cpuTable(results, peers) {
  const of = (result, read) => figure(result, read)?.median;
  return dataTable(
    [
      '',
      'rounds',
      'median µs',
      'best µs',
      'user µs',
      'system µs',
      'requests/s',
      'p50',
      'p99',
      'core used',
      'errors',
      'noisy',
    ],
    withRuns(peers).map(([name, result]) => {
      const cpu = figure(result, (run) => run.cpu_us);
      return [
        labelOf(results, name),
        result.runs.length,
        number(cpu.median),
        number(cpu.best),
        number(of(result, (run) => run.user_us)),
        number(of(result, (run) => run.system_us)),
        number(of(result, (run) => run.rps)),
        duration(of(result, (run) => run.p50_us)),
        duration(of(result, (run) => run.p99_us)),
        `${Math.round(of(result, (run) => run.core_share) * 100)} %`,
        result.runs.reduce((sum, run) => sum + run.errors, 0),
        result.runs.filter((run) => run.noisy).length,
      ];
    }),
    { caption: 'CPU time, throughput and latency of each peer' },
  );
}

// ---- latency ----

const percentileTicks = [0, 50, 90, 99, 99.9, 99.99];
const position = (percentile) => 1 / (1 - percentile / 100);

// The median of all rounds at each percentile.
function curve({ runs }) {
  const all = new Map();
  for (const [percentile, us] of runs.flatMap((run) => run.curve)) {
    const rounded = percentile < 0.1 ? 0 : percentile;
    all.set(rounded, [...(all.get(rounded) ?? []), us]);
  }
  return [...all]
    .sort(([a], [b]) => a - b)
    .map(([percentile, values]) => [percentile, Math.max(1, median(values))]);
}

export function latency(results) {
  const parts = [
    [
      'single',
      'One connection',
      (m) => `${m.workload}, one request after the other: what a request takes when nobody waits.`,
    ],
    [
      'poisson',
      'A fixed rate',
      (m) =>
        `${m.workload}, ${m.rate} requests/s that come at random (Poisson), counted from when `
        + 'each was due, so that a stall is not hidden.',
    ],
  ].filter(([name]) => withRuns(results.latency?.[name]?.peers).length > 0);
  if (parts.length === 0) return undefined;
  return section(
    'latency',
    'Latency',
    'The axis is stretched toward the slowest requests: each step to the right is the '
      + 'slowest tenth of the step before. Lower is better.',
    parts.map(([name, title, text]) =>
      latencyCard(results, results.latency[name], title, text(results.latency[name])),
    ),
  );
}

function latencyCard(results, { peers }, title, text) {
  const curves = withRuns(peers).map(([name, result]) => ({
    name,
    label: labelOf(results, name),
    curve: curve(result),
  }));
  const last = Math.max(...curves.flatMap((one) => one.curve.map(([percentile]) => percentile)));
  const ticks = percentileTicks.filter((percentile) => percentile <= last);
  return card(
    title,
    text,
    linePlot({
      title: `Latency by percentile, ${title.toLowerCase()}`,
      series: curves.map(({ name, label, curve: points }) => ({
        name,
        label,
        points: points.map(([percentile, us]) => [position(percentile), us]),
      })),
      x: {
        log: true,
        label: 'percentile of requests',
        format: plain,
        domain: [1, position(last) * 1.05],
        describe: (value) => `${plain(100 - 100 / value)} %`,
        ticks: ticks.map((percentile) => [position(percentile), `${percentile} %`]),
      },
      y: { log: true, label: 'latency, logarithmic', format: duration },
    }),
    details(
      'Figures',
      dataTable(
        ['', ...ticks.map((percentile) => `${percentile} %`)],
        curves.map(({ label, curve: points }) => [
          label,
          ...ticks.map((percentile) => {
            const us = points.find(([at]) => at === percentile)?.[1];
            return us === undefined ? '–' : duration(us);
          }),
        ]),
        { caption: title },
      ),
    ),
  );
}

// ---- throughput ----

export function throughput(results) {
  const steps = results.connections?.steps ?? [];
  const names = [...new Set(steps.flatMap(({ peers }) => withRuns(peers).map(([name]) => name)))];
  if (names.length === 0) return undefined;
  const rps = ({ peers }, name) => figure(peers[name], (run) => run.rps)?.median;
  return section(
    'throughput',
    'Throughput against connections',
    `${results.connections.workload} on one core. What the load generator can do on its core is a limit, too.`,
    card(
      undefined,
      undefined,
      linePlot({
        title: `Requests per second of ${names.length} servers against the number of connections`,
        series: names.map((name) => ({
          name,
          label: labelOf(results, name),
          points: steps.map((step) => [step.connections, rps(step, name)]).filter(([, value]) => value > 0),
        })),
        x: {
          log: true,
          label: 'connections',
          format: plain,
          ticks: steps.map(({ connections }) => [connections, plain(connections)]),
        },
        y: { zero: true, label: 'requests per second', format: thousands },
      }),
      details(
        'Figures',
        dataTable(
          ['requests/s at', ...steps.map(({ connections }) => plain(connections))],
          names.map((name) => [
            labelOf(results, name),
            ...steps.map((step) => number(rps(step, name) ?? NaN)),
          ]),
          { caption: 'Requests per second' },
        ),
      ),
    ),
  );
}

/** What a second core brings; nothing when the run had no cells. */
export function cells({ cells: results }) {
  const parts = ['one', 'two'].map((name) => [name, results?.[name]]).filter(([, part]) => part?.runs.length > 0);
  if (parts.length === 0) return undefined;
  const bars = (read, asText) =>
    parts.map(([name, result]) => {
      const value = figure(result, read).median;
      return { name: 'brink', label: `${name} cell${name === 'one' ? '' : 's'}`, value, text: asText(value) };
    });
  const plot = (title, unit, all) => {
    const text = all.map(({ label, text: value }) => `${label} ${value}`).join(', ');
    return card(title, undefined, barPlot({ title: `${title}: ${text}`, bars: all, unit }));
  };
  return section(
    'cells',
    'Cells',
    'W1 with one cell on one core (the mean of two cores), and with two cells on two (--pin-cells). Each core has a '
      + 'load generator beside its cell.',
    tag(
      'div',
      { class: 'cards' },
      plot(
        'Throughput',
        'requests per second',
        bars((run) => run.rps, number),
      ),
      plot(
        'CPU time per request',
        'µs of CPU time per request',
        bars((run) => run.cpu_us, micros),
      ),
    ),
  );
}

// ---- starts ----

export function starts(results) {
  const peers = Object.entries(results.starts ?? {}).filter(([, { ms }]) => ms.length > 0);
  const hits = Object.entries(results.firstHit ?? {}).filter(([, { first_ms }]) => first_ms.length > 0);
  if (peers.length + hits.length === 0) return undefined;
  const asBars = (entries, read) =>
    entries
      .map(([name, result]) => {
        const values = read(result);
        return {
          name,
          label: labelOf(results, name),
          value: median(values),
          text: millis(median(values)),
          range: [Math.min(...values), Math.max(...values)],
        };
      })
      .sort((a, b) => a.value - b.value);
  const plot = (title, bars) =>
    barPlot({
      title: `${title}: ${bars.map(({ label, text }) => `${label} ${text}`).join(', ')}`,
      bars,
      unit: 'ms',
    });
  const processStarts = asBars(peers, ({ ms }) => ms);
  return section(
    'starts',
    'Cold starts',
    'Medians with their ranges; files are in the page cache.',
    tag(
      'div',
      { class: 'cards' },
      peers.length > 0
        && card(
          'Process start to first answer',
          'From the spawning of the process to the first answer of W1.',
          plot('Process start to first answer', processStarts),
          details(
            'Figures',
            dataTable(
              ['', 'starts', 'median', 'least', 'greatest', 'CPU time'],
              peers.map(([name, { ms, cpu_ms }]) => [
                labelOf(results, name),
                ms.length,
                millis(median(ms)),
                millis(Math.min(...ms)),
                millis(Math.max(...ms)),
                millis(median(cpu_ms)),
              ]),
              { caption: 'Process starts' },
            ),
          ),
        ),
      hits.length > 0
        && card(
          'First hit on an app that never ran',
          'Over a warm hit on the same connection. brink loads the app into a spare worker, workerd’s worker loader '
            + 'makes an isolate.',
          plot(
            'First hit over a warm hit',
            asBars(hits, ({ first_ms, warm_ms }) => first_ms.map((ms, i) => Math.max(0, ms - warm_ms[i]))),
          ),
          details(
            'Figures',
            dataTable(
              ['', 'apps', 'first hit', 'warm hit', 'slowest first hit'],
              hits.map(([name, { first_ms, warm_ms }]) => [
                labelOf(results, name),
                first_ms.length,
                millis(median(first_ms)),
                millis(median(warm_ms)),
                millis(Math.max(...first_ms)),
              ]),
              { caption: 'First hits' },
            ),
          ),
        ),
    ),
  );
}

// ---- memory and apps ----

export function memoryAndApps(results) {
  const series = Object.entries(results.memory ?? {}).filter(([, points]) => points.length > 0);
  const idle = Object.entries(results.starts ?? {}).filter(([, result]) => result.idle);
  const runs = Object.entries(results.manyApps?.peers ?? {}).filter(([, result]) => result.runs.length > 0);
  if (series.length + idle.length + runs.length === 0) return undefined;
  const how = { brink: 'brink, a process for each app', workerd: 'workerd, an isolate for each app' };
  const labels = Object.fromEntries(
    series.map(([name]) => [name, how[name] ?? `${labelOf(results, name)}, a process for each app`]),
  );
  return section(
    'memory',
    'Memory and many apps',
    undefined,
    series.length > 0
      && card(
        'Memory at rest against apps',
        'All processes together, shared pages counted once (PSS), each app asked once before.',
        linePlot({
          title: 'Memory at rest against the number of apps',
          series: series.map(([name, points]) => ({
            name,
            label: labelOf(results, name),
            points: points.map(({ apps, proportional }) => [apps, proportional / (1 << 20)]),
          })),
          x: {
            log: true,
            label: 'apps',
            format: plain,
            ticks: [1, 5, 10, 25, 50, 100].map((n) => [n, plain(n)]),
          },
          y: { log: true, label: 'memory (PSS), logarithmic', format: (mib) => `${plain(mib)} MiB` },
        }),
        details(
          'Figures',
          dataTable(
            ['', 'apps', 'memory', 'each further app'],
            series.flatMap(([name, points]) =>
              points.map(({ apps, proportional }, i) => [
                labels[name],
                apps,
                mebibytes(proportional),
                i === 0 ? '–' : mebibytes((proportional - points[0].proportional) / (apps - points[0].apps)),
              ]),
            ),
            { caption: 'Memory against apps' },
          ),
        ),
      ),
    tag(
      'div',
      { class: 'cards', style: 'margin-top: 14px' },
      idle.length > 0 && idleCard(results, idle),
      runs.length > 0 && manyAppsCard(runs, results.manyApps.active),
    ),
  );
}

function idleCard(results, idle) {
  const bars = idle
    .map(
      ([
        name,
        {
          idle: { resident },
        },
      ]) => ({ name, label: labelOf(results, name), value: resident / (1 << 20), text: mebibytes(resident) }),
    )
    .sort((a, b) => a.value - b.value);
  return card(
    'Memory at rest with one app',
    'All processes, resident; pages that they share count for each.',
    barPlot({
      title: `Memory at rest: ${bars.map(({ label, text }) => `${label} ${text}`).join(', ')}`,
      bars,
      unit: 'MiB',
    }),
    details(
      'Figures',
      dataTable(
        ['', 'resident', 'proportional'],
        idle.map(
          ([
            name,
            {
              idle: { resident, proportional },
            },
          ]) => [labelOf(results, name), mebibytes(resident), mebibytes(proportional)],
        ),
        { caption: 'Memory at rest' },
      ),
    ),
  );
}

function manyAppsCard(runs, active) {
  const bars = runs.map(([apps, result]) => {
    const { median: value, best } = figure(result, (run) => run.cpu_us);
    const all = result.runs.map((run) => run.cpu_us);
    return {
      name: 'brink',
      label: `${plain(Number(apps))} app${apps === '1' ? '' : 's'}`,
      value,
      best,
      text: micros(value),
      range: [Math.min(...all), Math.max(...all)],
    };
  });
  return card(
    'CPU time per request against apps configured',
    `brink, W1 for ${active} of the apps in turns; the others are never asked.`,
    barPlot({
      title: `CPU time per request: ${bars.map(({ label, text }) => `${label} ${text}`).join(', ')}`,
      bars,
      unit: 'µs of CPU time per request',
    }),
  );
}
