// Curves of several peers over one axis, drawn twice: for a wide page, and for a phone.
import { scaleLinear, scaleLog } from 'd3-scale';
import { line } from 'd3-shape';

import { tag } from './markup.mjs';
import { classOf, dashOf, legend, markerOf } from './series.mjs';
import { apart, logTicks } from './ticks.mjs';

const sizes = [
  {
    kind: 'wide',
    width: 860,
    height: 380,
    left: 76,
    right: 128,
    top: 12,
    bottom: 52,
    labels: true,
    ticks: 7,
  },
  {
    kind: 'narrow',
    width: 360,
    height: 300,
    left: 58,
    right: 26,
    top: 12,
    bottom: 50,
    labels: false,
    ticks: 5,
  },
];

function extent(values, { log, zero }) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  if (log) return high > low ? [low / 1.15, high * 1.15] : [low / 2, high * 2];
  return [zero ? 0 : low, high * 1.05 || 1];
}

// An axis: { log, zero, label, format, domain, ticks: [[value, text]] }.
function makeAxis(axis, values, range, count) {
  const domain = axis.domain ?? extent(values, axis);
  const scale = (axis.log ? scaleLog : scaleLinear)(domain, range);
  const ticks =
    axis.ticks
    ?? (axis.log ? logTicks(domain, count) : scale.ticks(count)).map((tick) => [tick, axis.format(tick)]);
  return {
    scale,
    ticks: ticks.filter(([value]) => value >= domain[0] * 0.999 && value <= domain[1] * 1.001),
  };
}

// Labels at the ends of the curves, moved apart where they would touch.
function spread(ends, low, high, gap = 15) {
  const sorted = ends.toSorted((a, b) => a.y - b.y);
  for (let i = 1; i < sorted.length; ++i) sorted[i].y = Math.max(sorted[i].y, sorted[i - 1].y + gap);
  const over = (sorted.at(-1)?.y ?? 0) - high;
  if (over > 0) {
    sorted.at(-1).y -= over;
    for (let i = sorted.length - 2; i >= 0; --i) sorted[i].y = Math.min(sorted[i].y, sorted[i + 1].y - gap);
  }
  return sorted.map((end) => ({ ...end, y: Math.max(low, end.y) }));
}

function draw({ title, series, x, y }, size) {
  const { kind, width, height, left, right, top, bottom } = size;
  const points = series.flatMap((one) => one.points);
  const across = makeAxis(
    x,
    points.map(([value]) => value),
    [left, width - right],
    size.ticks,
  );
  const up = makeAxis(
    y,
    points.map(([, value]) => value),
    [height - bottom, top],
    6,
  );
  const at = ([px, py]) => [across.scale(px), up.scale(py)];
  const curve = line()
    .x((point) => at(point)[0])
    .y((point) => at(point)[1]);
  // A curve that ends early has its label there, the others have theirs beside the plot.
  const last = Math.max(...points.map(([value]) => across.scale(value)));
  const ends = series.map(({ name, label, points: own }) => {
    const from = at(own.at(-1));
    return { name, label, from, y: from[1], x: from[0] < last - 40 ? from[0] + 10 : width - right + 18 };
  });
  const beside = spread(
    ends.filter(({ x: from }) => from > width - right),
    top + 6,
    height - bottom,
  );
  const labels = size.labels ? [...beside, ...ends.filter(({ x: from }) => from <= width - right)] : [];
  return tag(
    'svg',
    { class: `plot ${kind}`, viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': title },
    tag('rect', {
      class: 'box',
      x: left,
      y: top,
      width: width - left - right,
      height: height - top - bottom,
    }),
    up.ticks.map(([value, text]) => [
      tag('line', { class: 'grid', x1: left, x2: width - right, y1: up.scale(value), y2: up.scale(value) }),
      tag('text', { class: 'tick', x: left - 8, y: up.scale(value) + 4, 'text-anchor': 'end' }, text),
    ]),
    apart(across.ticks, across.scale).map(([value, text]) => [
      tag('line', {
        class: 'grid',
        x1: across.scale(value),
        x2: across.scale(value),
        y1: top,
        y2: height - bottom,
      }),
      tag(
        'text',
        { class: 'tick', x: across.scale(value), y: height - bottom + 18, 'text-anchor': 'middle' },
        text,
      ),
    ]),
    tag(
      'text',
      { class: 'axis', x: (left + width - right) / 2, y: height - 8, 'text-anchor': 'middle' },
      x.label,
    ),
    // brink's last, on top of the others.
    series
      .toSorted((a, b) => (a.name === 'brink') - (b.name === 'brink'))
      .map(({ name, label, points: own }) =>
        tag(
          'g',
          { class: `series ${classOf(name)} ${name === 'brink' ? 'own' : ''}` },
          tag('path', { class: 'mark curve', d: curve(own), 'stroke-dasharray': dashOf(name) }),
          own.map((point) =>
            tag(
              'path',
              {
                class: 'mark marker',
                transform: `translate(${at(point)
                  .map((value) => value.toFixed(1))
                  .join(' ')})`,
                d: markerOf(name, kind === 'wide' ? 36 : 26),
              },
              tag('title', {}, `${label}: ${y.format(point[1])} at ${(x.describe ?? x.format)(point[0])}`),
            ),
          ),
        ),
      ),
    labels.map(({ name, label, x: start, y: to, from }) =>
      tag(
        'g',
        { class: classOf(name) },
        tag('line', { class: 'leader', x1: from[0] + 5, y1: from[1], x2: start - 4, y2: to }),
        tag('text', { class: `end ${name === 'brink' ? 'own' : ''}`, x: start, y: to + 4 }, label),
      ),
    ),
  );
}

/**
 * `series`: [{ name, label, points: [[x, y]] }]; `x` and `y` are axes: { label, format, log?, zero?, domain?, ticks? }.
 * `title` is the text alternative.
 */
export function linePlot(plot) {
  const series = plot.series.filter(({ points }) => points.length > 0);
  return [
    legend(series),
    tag('p', { class: 'upright' }, plot.y.label),
    sizes.map((size) => draw({ ...plot, series }, size)),
  ];
}
