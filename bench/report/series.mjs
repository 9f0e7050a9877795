// How a peer looks in every plot: its colour (style.css), dashes and marker, so that no plot rests on
// colour alone.
import {
  symbol,
  symbolCircle,
  symbolCross,
  symbolDiamond,
  symbolSquare,
  symbolStar,
  symbolTriangle,
  symbolWye,
} from 'd3-shape';

import { raw, tag } from './markup.mjs';

const looks = {
  brink: { shape: symbolCircle },
  nginx: { shape: symbolSquare, dash: '7 3' },
  haproxy: { shape: symbolDiamond, dash: '2 3' },
  deno: { shape: symbolTriangle, dash: '9 3 2 3' },
  bun: { shape: symbolCross, dash: '5 4' },
  workerd: { shape: symbolStar, dash: '1 3' },
  node: { shape: symbolWye, dash: '12 3' },
  'edge-runtime': { shape: symbolSquare, dash: '3 2' },
  'next-proxy': { shape: symbolTriangle, dash: '4 2 1 2' },
  'next-middleware': { shape: symbolDiamond, dash: '8 2 2 2' },
};

const lookOf = (name) => looks[name] ?? { shape: symbolCircle };

/** Class of everything that is drawn for a peer: its colour. */
export const classOf = (name) => `peer-${name in looks ? name : 'other'}`;

export const dashOf = (name) => lookOf(name).dash;

/** The path of its marker, around 0, 0. */
export const markerOf = (name, area = 36) => symbol(lookOf(name).shape, area)();

/** A line of samples above a plot. `series`: [{ name, label }]. */
export function legend(series) {
  return tag(
    'ul',
    { class: 'legend' },
    series.map(({ name, label }) =>
      tag(
        'li',
        {},
        tag(
          'svg',
          { width: 30, height: 12, 'aria-hidden': 'true', class: classOf(name) },
          tag('line', { class: 'curve', x1: 1, x2: 29, y1: 6, y2: 6, 'stroke-dasharray': dashOf(name) }),
          tag('path', { class: 'marker', transform: 'translate(15 6)', d: markerOf(name) }),
        ),
        raw(' '),
        label,
      ),
    ),
  );
}
