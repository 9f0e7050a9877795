// The table of targets, and what a run's results say of each.
import { compare, median } from './statistics.mjs';

const cpu = (run) => run.cpu_us;
const p50 = (run) => run.p50_us;
const p99 = (run) => run.p99_us;
const mib = (bytes) => bytes / (1 << 20);

const ratioTo = (peer, must, goal) => ({ peer, must, goal, unit: '×', than: peer });

/** CPU time per request, as a multiple of a peer's. */
const cpuTargets = {
  W1: [ratioTo('nginx', 1.25, 1.0), ratioTo('deno', 0.8)],
  W2: [ratioTo('nginx', 1.4, 1.1), ratioTo('bun', 0.6)],
  W3: [ratioTo('nginx', 1.15, 1.0), ratioTo('bun', 0.75)],
  W4: [ratioTo('haproxy', 1.0, 0.9)],
  W5: [ratioTo('bun', 0.55, 0.4)],
  WP: [ratioTo('nginx', 1.0, 0.85)],
};

const cpuTitles = {
  W1: 'W1: respond with JSON from JavaScript',
  W2: 'W2: redirect',
  W3: 'W3: change headers, proxy 1 KiB',
  W4: 'W4: proxy 1 MiB',
  W5: 'W5: post 2 KiB of JSON',
  WP: 'Plain proxy of 1 KiB: no matcher selects the request',
};

/** The peers that a workload's targets name, and brink. */
export const references = (id) => new Set(['brink', ...(cpuTargets[id] ?? []).map(({ peer }) => peer)]);

const none = (why) => ({ value: undefined, why });
const of = (comparison, why = 'not measured in this run') =>
  comparison ? { value: comparison.median, comparison } : none(why);

function cpuRow(id) {
  return {
    id,
    title: cpuTitles[id],
    what: 'CPU time per request',
    criteria: cpuTargets[id].map((target) => ({
      ...target,
      read: ({ cpu: results }) => {
        const peer = results[id]?.[target.peer];
        const failed = results[id]?.brink?.failed ?? peer?.failed;
        return failed ? none(failed) : of(compare(results[id]?.brink, peer, cpu));
      },
    })),
  };
}

const skippedWhy = (results, what) => results.skipped.find((entry) => entry.what === what)?.why;

function cellScaling({ cells, ...results }) {
  if (!cells) return none(skippedWhy(results, 'two cells') ?? 'not measured in this run');
  return of(compare(cells.two, cells.one, (run) => run.rps), cells.two.failed ?? cells.one.failed);
}

function manyAppsRatio({ manyApps }) {
  const runs = manyApps?.peers;
  if (!runs) return none('not measured in this run');
  const ratios = [100, 1000].map((apps) => compare(runs[apps], runs[10], cpu)).filter(Boolean);
  if (ratios.length === 0) return none(runs[10].failed ?? runs[1000].failed ?? 'no pairs of runs');
  return of(ratios.reduce((worst, one) => (one.median > worst.median ? one : worst)));
}

const extra = [
  {
    id: 'single',
    title: 'Latency at 1 connection, W1',
    what: 'p50',
    criteria: [
      {
        must: 25,
        goal: 12,
        unit: 'µs',
        than: 'nginx',
        sign: true,
        read: ({ latency }) =>
          of(compare(latency?.single?.peers.brink, latency?.single?.peers.nginx, p50, { by: 'difference' })),
      },
    ],
  },
  {
    id: 'poisson',
    title: 'Latency at 200 requests/s with Poisson arrivals, W3',
    what: 'p99',
    criteria: [
      {
        must: 1.2,
        goal: 1.0,
        unit: '×',
        than: 'nginx',
        read: ({ latency, ...results }) =>
          of(
            compare(latency?.poisson?.peers.brink, latency?.poisson?.peers.nginx, p99),
            skippedWhy(results, 'latency at a fixed rate'),
          ),
      },
    ],
  },
  {
    id: 'start',
    title: 'Process start to first answer',
    what: 'median',
    criteria: [
      {
        must: 30,
        goal: 15,
        unit: 'ms',
        read: ({ starts }) => {
          const { ms = [], failed } = starts?.brink ?? {};
          return ms.length > 0
            ? { value: median(ms), values: ms }
            : none(failed ?? 'not measured in this run');
        },
      },
    ],
  },
  {
    id: 'first-hit',
    title: 'First hit on an app never run, spare ready',
    what: 'over a warm hit, median',
    criteria: [
      {
        must: 4,
        goal: 2,
        unit: 'ms',
        read: ({ firstHit }) => {
          const { first_ms = [], warm_ms = [], failed } = firstHit?.brink ?? {};
          if (first_ms.length === 0) return none(failed ?? 'not measured in this run');
          return { value: median(first_ms.map((ms, i) => ms - warm_ms[i])) };
        },
      },
    ],
  },
  {
    id: 'memory',
    title: 'Idle memory',
    what: 'front (RSS), and the worker of each further app (PSS)',
    criteria: [
      {
        name: 'front',
        must: 12,
        goal: 8,
        unit: 'MiB',
        read: ({ memory }) =>
          memory?.brink?.length > 0
            ? { value: mib(memory.brink[0].front_resident) }
            : none('not measured in this run'),
      },
      {
        name: 'each app',
        must: 7,
        goal: 4,
        unit: 'MiB',
        read: ({ memory }) => {
          const points = memory?.brink ?? [];
          if (points.length < 2) return none('not measured in this run');
          const [first, last] = [points[0], points.at(-1)];
          return {
            value: mib(last.workers_proportional - first.workers_proportional) / (last.apps - first.apps),
          };
        },
      },
    ],
  },
  {
    id: 'apps',
    title: '10, 100 and 1,000 apps configured, 10 active',
    what: 'CPU time per request',
    criteria: [{ must: 1.05, goal: 1.0, unit: '×', than: '10 apps', read: manyAppsRatio }],
  },
  {
    id: 'cells',
    title: 'Two cores, two cells',
    what: 'throughput',
    criteria: [{ must: 1.8, atLeast: true, unit: '×', than: 'one cell', read: cellScaling }],
  },
];

const rows = [...Object.keys(cpuTargets).map(cpuRow), ...extra];

const reaches = ({ atLeast }, value, bound) => (atLeast ? value >= bound : value <= bound);

/**
 * Every row with what this run says of it. A criterion gets `value`, `comparison` (pairs, least, greatest, best)
 * and `meets`: 'goal', 'must' or 'missed', or undefined with the reason in `why`. A row's `verdict` is the worst of
 * its criteria's ('skipped' when one has none), 'goal' only where all goals there are were met.
 */
export function judge(results) {
  return rows.map(({ criteria, ...row }) => {
    const judged = criteria.map(({ read, ...criterion }) => {
      const reading = read(results);
      return { ...criterion, ...reading, meets: grade(criterion, reading.value) };
    });
    return { ...row, criteria: judged, verdict: verdict(judged) };
  });
}

function grade(criterion, value) {
  if (!Number.isFinite(value)) return undefined;
  if (!reaches(criterion, value, criterion.must)) return 'missed';
  if (criterion.goal === undefined) return 'must';
  return reaches(criterion, value, criterion.goal) ? 'goal' : 'must';
}

function verdict(criteria) {
  if (criteria.some(({ meets }) => meets === 'missed')) return 'missed';
  if (criteria.some(({ meets }) => meets === undefined)) return 'skipped';
  const aims = criteria.filter(({ goal }) => goal !== undefined);
  return aims.length > 0 && aims.every(({ meets }) => meets === 'goal') ? 'goal' : 'must';
}
