// What the runs of the suite showed: kept per script, printed as a table, written as JSON.
import { writeFileSync } from 'node:fs';

const MIB = 1024 * 1024;

export class Report {
  constructor(limits) {
    this.limits = limits;
    this.scripts = new Map();
  }

  /** `run`: { outcome, took_ms, late_ms (undefined: not timed), cpu_ms, memory_bytes }. */
  add(script, run) {
    const row = this.scripts.get(script.name)
      ?? { name: script.name, outcomes: {}, slowest_ms: 0, late_ms: -Infinity, cpu_ms: 0, memory_bytes: 0 };
    this.scripts.set(script.name, row);
    row.outcomes[run.outcome] = (row.outcomes[run.outcome] ?? 0) + 1;
    row.slowest_ms = Math.max(row.slowest_ms, run.took_ms);
    row.late_ms = Math.max(row.late_ms, run.late_ms ?? -Infinity);
    row.cpu_ms = Math.max(row.cpu_ms, run.cpu_ms);
    row.memory_bytes = Math.max(row.memory_bytes, run.memory_bytes);
  }

  write(file, summary) {
    const rows = [...this.scripts.values()];
    const latest = rows.reduce((a, b) => (b.late_ms > a.late_ms ? b : a));
    const largest = rows.reduce((a, b) => (b.memory_bytes > a.memory_bytes ? b : a));
    const whole = {
      ...summary,
      limits: this.limits,
      latest: { script: latest.name, after_limit_ms: latest.late_ms },
      largest: { script: largest.name, of_limit: this.#ofLimit(largest) },
    };
    writeFileSync(file, `${JSON.stringify({ ...whole, rows }, null, 2)}\n`);
    return [this.#table(rows), ...Object.entries(whole).map(([key, value]) =>
      `${key}: ${JSON.stringify(value)}`), `written to ${file}`].join('\n');
  }

  #ofLimit(row) {
    return Number((row.memory_bytes / this.limits.memory_mb / MIB).toFixed(3));
  }

  /** Latest first. `late` is the time past the limit; negative: the answer came before it. */
  #table(rows) {
    const head = ['script', 'slowest ms', 'late ms', 'CPU ms', 'memory MiB', 'of limit', 'outcomes'];
    const lines = rows.toSorted((a, b) => b.late_ms - a.late_ms).map((row) => [
      row.name, row.slowest_ms.toFixed(0), row.late_ms === -Infinity ? '-' : row.late_ms.toFixed(0),
      row.cpu_ms.toFixed(0), (row.memory_bytes / MIB).toFixed(1), this.#ofLimit(row).toFixed(2),
      Object.entries(row.outcomes).map(([outcome, count]) => `${outcome} x${count}`).join(', '),
    ]);
    const widths = head.map((_, i) => Math.max(...[head, ...lines].map((line) => line[i].length)));
    return [head, ...lines].map((line) => line.map((cell, i) =>
      (i === 0 || i === head.length - 1 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  '))
      .join('\n');
  }
}
