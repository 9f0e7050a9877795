// Figures from runs: medians, best rounds, and ratios of runs of the same round.
import { quantile } from '../lib/bench.mjs';

/** The middle value, or the mean of the two middle ones; NaN of none. */
export function median(values) {
  if (values.length === 0) return NaN;
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length / 2;
  return sorted.length % 2 ? sorted[Math.floor(middle)] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export const least = (values) => Math.min(...values);

export { quantile };

/** [a, b] of the rounds in which both have a run. */
export function pairs(a, b) {
  const other = new Map((b?.runs ?? []).map((run) => [run.round, run]));
  return (a?.runs ?? []).filter((run) => other.has(run.round)).map((run) => [run, other.get(run.round)]);
}

/**
 * How a figure of `a` compares with that of `b`: { pairs, median, least, greatest, best } of the ratios (or,
 * with `by: 'difference'`, differences) of each round; `best` compares the best round of each.
 */
export function compare(a, b, read, { by = 'ratio' } = {}) {
  const both = pairs(a, b);
  if (both.length === 0) return undefined;
  const relate = by === 'ratio' ? (x, y) => x / y : (x, y) => x - y;
  const values = both.map(([x, y]) => relate(read(x), read(y)));
  return {
    pairs: values.length,
    median: median(values),
    least: least(values),
    greatest: Math.max(...values),
    best: relate(least(a.runs.map(read)), least(b.runs.map(read))),
  };
}

/** { median, best, spread } of a figure of all runs. */
export function figure(result, read) {
  const values = (result?.runs ?? []).map(read).filter(Number.isFinite);
  if (values.length === 0) return undefined;
  const middle = median(values);
  return { median: middle, best: least(values), spread: (Math.max(...values) - least(values)) / middle };
}
