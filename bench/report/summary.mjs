// The top of the report: how many targets were reached, and which.
import { boundText, detailText, figureText, verdictNames } from '../peers/verdicts.mjs';
import { tag } from './markup.mjs';

const order = ['goal', 'must', 'missed', 'skipped'];

const badge = (verdict, text = verdictNames[verdict]) => tag('span', { class: `badge ${verdict}` }, text);

function tiles(rows) {
  const count = (verdict) => rows.filter((row) => row.verdict === verdict).length;
  return tag(
    'ul',
    { class: 'tiles' },
    order.map((verdict) =>
      tag('li', { class: verdict }, tag('b', {}, count(verdict)), verdictNames[verdict]),
    ),
  );
}

function targetRow({ title, what, criteria, verdict }) {
  const bounds = (kind) =>
    criteria
      .map((one) => boundText(one, one[kind]))
      .filter(Boolean)
      .map((text) => tag('span', {}, text));
  const cell = (label, ...children) => tag('td', { 'data-label': label }, tag('div', {}, ...children));
  return tag(
    'tr',
    {},
    tag('th', { scope: 'row' }, title, tag('small', {}, what)),
    cell(
      'brink',
      // What has one reason for all of its criteria says it once.
      [...new Map(criteria.map((one) => [`${figureText(one)} ${detailText(one)}`, one])).values()].map(
        (one) => [tag('span', {}, figureText(one)), tag('small', {}, detailText(one))],
      ),
    ),
    cell('must', bounds('must')),
    cell('goal', bounds('goal').length > 0 ? bounds('goal') : '–'),
    cell('verdict', badge(verdict)),
  );
}

export function targets({ rows, skipped }) {
  return [
    tiles(rows),
    tag('h2', { id: 'targets' }, 'Targets'),
    tag(
      'p',
      {},
      'Ratios compare brink with a peer in the same round; the figure is the median of all pairs, with the '
        + 'least and the greatest of them behind it, and the ratio of the best rounds.',
    ),
    tag(
      'div',
      { class: 'card' },
      tag(
        'table',
        { class: 'targets' },
        tag(
          'thead',
          {},
          tag(
            'tr',
            {},
            ['', 'brink', 'must', 'goal', 'verdict'].map((text) => tag('th', {}, text)),
          ),
        ),
        tag('tbody', {}, rows.map(targetRow)),
      ),
    ),
    skipped.length > 0
      && tag(
        'p',
        { class: 'quiet' },
        'Left out of this run: ',
        skipped.map(({ what, why }) => `${what} (${why})`).join('; '),
        '.',
      ),
  ];
}
