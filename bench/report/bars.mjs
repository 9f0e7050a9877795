// Horizontal bars, one for each peer, with its figure in words.
import { scaleLinear } from 'd3-scale';

import { plain, thousands } from './format.mjs';
import { raw, tag } from './markup.mjs';
import { classOf } from './series.mjs';
import { apart } from './ticks.mjs';

const width = 400;
const row = 25;
const left = 134;
const right = 68;
const top = 4;
const bottom = 38;

// A bar that is more times as long as brink's is cut off: one slow peer must not press the others together.
const greatestMultiple = 6;

function longest(bars) {
  const own = bars.find(({ name }) => name === 'brink')?.value ?? Infinity;
  const within = bars.map(({ value }) => value).filter((value) => value <= own * greatestMultiple);
  return Math.max(...(within.length > 0 ? within : bars.map(({ value }) => value)));
}

/**
 * `bars`: [{ name, label, value, text, best?, range? }], in the order they are shown. `best` is marked by a line,
 * `range` ([least, greatest]) by a whisker. `unit` names the axis, `title` is the text alternative.
 */
export function barPlot({ title, bars, unit }) {
  const height = top + bars.length * row + bottom;
  const scale = scaleLinear([0, longest(bars) * 1.05], [left, width - right]).clamp(true);
  const end = height - bottom;
  const ticks = apart(
    scale.ticks(4).map((tick) => [tick, thousands(tick)]),
    scale,
  );
  return tag(
    'svg',
    { class: 'plot', viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': title },
    tag('rect', { class: 'box', x: left, y: top, width: width - right - left, height: end - top }),
    ticks.map(([tick]) => tag('line', { class: 'grid', x1: scale(tick), x2: scale(tick), y1: top, y2: end })),
    ticks.map(([tick, text]) =>
      tag('text', { class: 'tick', x: scale(tick), y: end + 15, 'text-anchor': 'middle' }, text),
    ),
    tag(
      'text',
      { class: 'axis', x: (left + width - right) / 2, y: height - 6, 'text-anchor': 'middle' },
      unit,
    ),
    bars.map((bar, i) => oneBar(bar, top + i * row, scale)),
  );
}

function oneBar({ name, label, value, text, best, range }, y, scale) {
  const [from, to] = [scale(0), scale(value)];
  const cut = value > scale.domain()[1];
  const middle = y + row / 2;
  const own = name === 'brink';
  const line = (kind, x1, x2, y1, y2) => tag('line', { class: kind, x1, x2, y1, y2 });
  return tag(
    'g',
    { class: `bar ${own ? 'own' : 'other'}` },
    tag('title', {}, `${label}: ${text}${best === undefined ? '' : `, best round ${plain(best)}`}`),
    tag('text', { class: 'name', x: left - 8, y: middle + 4.5, 'text-anchor': 'end' }, label),
    tag('rect', {
      class: `mark ${classOf(name)}`,
      x: from,
      y: y + 4,
      width: Math.max(1, to - from),
      height: row - 8,
    }),
    cut
      && tag('path', {
        class: 'break',
        d: `M${to - 16} ${y + row - 2}l8 ${4 - row}M${to - 10} ${y + row - 2}l8 ${4 - row}`,
      }),
    !cut && range && line('whisker', scale(range[0]), scale(range[1]), middle, middle),
    !cut && best !== undefined && line('best', scale(best), scale(best), y + 4, y + row - 4),
    tag(
      'text',
      {
        class: 'value',
        x: to + 6 + (!cut && range ? Math.max(0, scale(range[1]) - to) : 0),
        y: middle + 4.5,
      },
      text,
    ),
    raw(''),
  );
}
