// Where an axis has its ticks.

/** On a logarithmic axis: 1, 2 and 5 of each power of ten, or the powers alone when there are many. */
export function logTicks([low, high], most) {
  for (const steps of [[1, 2, 5], [1, 3], [1]]) {
    const ticks = [];
    for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); ++power) {
      ticks.push(...steps.map((step) => step * 10 ** power));
    }
    const shown = ticks.filter((tick) => tick >= low * 0.999 && tick <= high * 1.001);
    if (shown.length <= most) return shown;
  }
  return [low, high];
}

/** Ticks ([value, text]) without those whose text would touch that of the tick to their right. */
export function apart(ticks, scale) {
  const half = (text) => text.length * 3.5 + 2;
  const kept = [];
  for (const tick of ticks.toReversed()) {
    const next = kept[0];
    if (!next || scale(next[0]) - half(next[1]) > scale(tick[0]) + half(tick[1])) kept.unshift(tick);
  }
  return kept;
}
