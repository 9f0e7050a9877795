// What every benchmark needs: arguments, an end for what it starts, and figures in one form.
import path from 'node:path';
import { parseArgs } from 'node:util';

/**
 * Runs a benchmark. `defaults` are its arguments: {'requests': 100} is `--requests N`; a default's type
 * (number, string, or false for one without a value) is the type of the argument. `body(t, options)` gets a `t` for startBrink() and the
 * rest of tests/e2e/lib: what is registered with `t.after` ends when the body does, however it ends.
 * An error, or a signal, ends the program with a code that says so.
 */
export async function bench(defaults, body) {
  const endings = [];
  const t = { after: (end) => endings.push(end) };
  const end = async () => {
    while (endings.length > 0) await endings.pop()();
  };
  for (const [name, code] of [['SIGINT', 130], ['SIGTERM', 143]]) {
    process.once(name, () => end().finally(() => process.exit(code)));
  }
  const options = readArguments(defaults);
  try {
    await body(t, options);
  } catch (error) {
    console.error(`bench: ${error.stack ?? error}`);
    process.exitCode = 1;
  } finally {
    await end();
  }
}

function readArguments(defaults) {
  const program = path.basename(process.argv[1], '.mjs');
  const names = Object.keys(defaults);
  const isFlag = (name) => typeof defaults[name] === 'boolean';
  const spec = Object.fromEntries([...names.map((name) => [name, { type: isFlag(name) ? 'boolean' : 'string' }]),
    ['help', { type: 'boolean' }]]);
  const usage = [`usage: ./dev bench ${program}`, ...names.map((name) => (
    isFlag(name) ? `[--${name}]` : `[--${name} ${JSON.stringify(defaults[name])}]`))].join(' ');
  let values;
  try {
    ({ values } = parseArgs({ options: spec }));
  } catch (error) {
    console.error(`bench: ${error.message}\n${usage}`);
    process.exit(2);
  }
  if (values.help) {
    console.log(usage);
    process.exit(0);
  }
  return Object.fromEntries(names.map((name) => [name, convert(name, values[name], defaults[name])]));
}

function convert(name, text, byDefault) {
  if (text === undefined) return byDefault;
  if (typeof byDefault !== 'number') return text; // or true, of a flag
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value >= 0) return value;
  console.error(`bench: --${name} takes a number that is not negative; got '${text}'`);
  process.exit(2);
}

/** The value below which the share `q` (0 to 1) of all values lies; NaN of none. */
export function quantile(values, q) {
  if (values.length === 0) return NaN;
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
}

export const median = (values) => quantile(values, 0.5);

/** "median 1.2 ms, p99 3.4 ms, slowest 5.6 ms (100)". */
export function summary(values, unit = 'ms') {
  const figure = (q) => `${quantile(values, q).toFixed(2)} ${unit}`;
  return `median ${figure(0.5)}, p99 ${figure(0.99)}, slowest ${figure(1)} (${values.length})`;
}

/** Prints rows of cells in columns; the first row is the heading. Numbers stand to the right. */
export function table(rows) {
  const text = rows.map((row) => row.map((cell) => (typeof cell === 'number' ? cell.toFixed(2) : cell)));
  const widths = text[0].map((_, column) => Math.max(...text.map((row) => row[column].length)));
  text.forEach((row, index) => {
    console.log(row.map((cell, column) => (typeof (rows[index + 1] ?? rows[index])[column] === 'number'
      ? cell.padStart(widths[column]) : cell.padEnd(widths[column]))).join('  ').trimEnd());
  });
}

/** One line for those who read with a program: `result: NAME VALUE UNIT`. */
export function result(name, value, unit) {
  console.log(`result: ${name} ${value} ${unit}`);
}
