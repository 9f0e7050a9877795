// The targets' verdicts as text, for the terminal and for the report alike.
import { table } from '../lib/bench.mjs';

export const verdictNames = {
  goal: 'goal reached',
  must: 'must met',
  missed: 'missed',
  skipped: 'not measured',
};

const digits = (value) => (Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2);
const number = (value, { sign } = {}) => `${sign && value > 0 ? '+' : ''}${value.toFixed(digits(value))}`;

/** "1.12 × nginx", "+18.4 µs over nginx", "14.1 ms". */
export function figureText(criterion) {
  const { value, unit, than, sign, name } = criterion;
  if (!Number.isFinite(value)) return 'not measured';
  const of = !than ? '' : unit === '×' ? ` ${than}` : ` over ${than}`;
  return `${name ? `${name}: ` : ''}${number(value, { sign })} ${unit}${of}`;
}

/** "≤ 1.25 ×", "≥ 1.8 ×"; '' where there is none. */
export function boundText({ atLeast, unit, name, than }, bound) {
  if (bound === undefined) return '';
  const of = unit === '×' && than ? ` ${than}` : '';
  return `${name ? `${name}: ` : ''}${atLeast ? '≥' : '≤'} ${bound} ${unit}${of}`;
}

/** "8 pairs, 1.05 to 1.21; best rounds 1.09"; '' of a figure without pairs. */
export function detailText({ comparison, sign, why }) {
  const parts = [];
  if (comparison) {
    const { pairs, least, greatest, best } = comparison;
    parts.push(
      `${pairs} ${pairs === 1 ? 'pair' : 'pairs'}, ${number(least, { sign })} to `
        + `${number(greatest, { sign })}; best rounds ${number(best, { sign })}`,
    );
  }
  if (why) parts.push(why);
  return parts.join('; ');
}

export function printVerdicts(rows) {
  const all = (criteria, text) => [...new Set(criteria.map(text).filter(Boolean))].join(', ');
  table([
    ['target', 'brink', 'must', 'goal', 'verdict'],
    ...rows.map(({ title, criteria, verdict }) => [
      title,
      all(criteria, figureText),
      all(criteria, (one) => boundText(one, one.must)),
      all(criteria, (one) => boundText(one, one.goal)),
      verdictNames[verdict],
    ]),
  ]);
}
