// One line that says how far a run is: on a terminal it changes in place, else a line for each part.

const minutes = (seconds) => (seconds < 90 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`);

export class Progress {
  constructor(stream = process.stderr) {
    Object.assign(this, { stream, part: '' });
  }

  /** From here on time counts. `expected_s`: what all steps together are thought to take. */
  begin(expected_s) {
    Object.assign(this, { expected_s, done_s: 0, pending_s: 0, began_ms: performance.now() });
  }

  /** A step that is thought to take `seconds` begins. */
  step(part, what, seconds) {
    this.done_s = Math.min(this.done_s + this.pending_s, this.expected_s);
    this.pending_s = seconds;
    const share = this.done_s / this.expected_s;
    const elapsed_s = (performance.now() - this.began_ms) / 1000;
    // The plan at first, then more and more how long it really takes.
    const left_s = share > 0.05 ? (elapsed_s / share) * (1 - share) : this.expected_s * (1 - share);
    const text = `${Math.floor(share * 100)}%, about ${minutes(left_s)} left: ${part}`;
    if (this.stream.isTTY) {
      this.stream.write(`\r\x1b[Kbench: ${text}: ${what}`.slice(0, this.stream.columns ?? 200));
    } else if (part !== this.part) {
      this.stream.write(`bench: ${text}\n`);
    }
    this.part = part;
  }

  /** A line that stays. */
  say(text) {
    this.stream.write(`${this.stream.isTTY ? '\r\x1b[K' : ''}bench: ${text}\n`);
  }

  end() {
    if (this.stream.isTTY) this.stream.write('\r\x1b[K');
  }
}
