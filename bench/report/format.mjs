// Figures as people read them.

const thinSpace = '\u202f';

/** 1234567 is "1 234 567"; three significant digits below 100. */
export function number(value) {
  if (!Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  const digits = size >= 100 || size === 0 ? 0 : size >= 10 ? 1 : 2;
  return value.toFixed(digits).replace(/\B(?=(\d{3})+(?!\d))(?<!\.\d*)/g, thinSpace);
}

/** Ticks: no more digits than they need. */
export const plain = (value) =>
  String(Number(value.toPrecision(3))).replace(/\B(?=(\d{3})+(?!\d))(?<!\.\d*)/g, thinSpace);

export const micros = (us) => `${number(us)} µs`;
export const millis = (ms) => `${number(ms)} ms`;
export const mebibytes = (bytes) => `${number(bytes / (1 << 20))} MiB`;

/** Microseconds in the unit that fits: ticks of a latency axis. */
export function duration(us) {
  if (us >= 1e6) return `${plain(us / 1e6)} s`;
  if (us >= 1e3) return `${plain(us / 1e3)} ms`;
  return `${plain(us)} µs`;
}

/** 20000 is "20 k". */
export function thousands(value) {
  return value >= 1000 ? `${plain(value / 1000)}${thinSpace}k` : plain(value);
}
