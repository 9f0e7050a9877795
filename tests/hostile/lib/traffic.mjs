// Good requests at a steady rate beside the hostile ones. Each has a number of its own that its answer
// must bring back: an answer that is lost, late by half a minute, or another's, counts as a failure.
import http from 'node:http';

import { sleep } from '../../e2e/lib/wait.mjs';

const TIMEOUT_MS = 30_000;

export class GoodTraffic {
  /** `kinds`: {path: '/api/good', answer: 'good '}: asked as path?n=NUMBER, answered `answer`NUMBER. */
  constructor(url, kinds, { connections = 2, every_ms = 10 } = {}) {
    this.url = url;
    this.failures = [];
    this.served = 0;
    this.slowest_ms = 0;
    this.number = 0;
    this.running = true;
    this.under_way = 0;
    this.paused = false;
    this.agent = new http.Agent({ keepAlive: true });
    this.loops = kinds.flatMap((kind) =>
      Array.from({ length: connections }, () => this.#repeat(kind, every_ms)));
  }

  async #repeat(kind, every_ms) {
    while (this.running) {
      const started = performance.now();
      if (!this.paused) await this.ask(kind);
      const rest_ms = every_ms - (performance.now() - started);
      await sleep(Math.max(0, rest_ms));
    }
  }

  /** One request; what is wrong with its answer goes to `failures`. */
  async ask({ path, answer }) {
    const number = ++this.number;
    const started = performance.now();
    let problem;
    this.under_way += 1;
    try {
      const { status, text } = await this.#get(`${path}?n=${number}`);
      if (status !== 200 || text !== `${answer}${number}`) problem = `${status} ${text.slice(0, 200)}`;
    } catch (error) {
      problem = error.message;
    }
    this.under_way -= 1;
    this.slowest_ms = Math.max(this.slowest_ms, performance.now() - started);
    if (problem === undefined) this.served += 1;
    else this.failures.push(`${path} #${number}: ${problem}`);
  }

  #get(path) {
    return new Promise((resolve, reject) => {
      const request = http.get(`${this.url}${path}`, { agent: this.agent }, (response) => {
        const parts = [];
        response.on('data', (part) => parts.push(part));
        response.on('error', reject);
        response.on('end', () => {
          resolve({ status: response.statusCode, text: Buffer.concat(parts).toString() });
        });
      });
      request.setTimeout(TIMEOUT_MS, () => request.destroy(new Error(`silence for ${TIMEOUT_MS} ms`)));
      request.on('error', reject);
    });
  }

  /** Does `work` while no good request is under way. */
  async without(work) {
    this.paused = true;
    while (this.under_way > 0) await sleep(1);
    await work();
    this.paused = false;
  }

  /** The next requests go over new connections. Only while none is under way. */
  reconnect() {
    this.agent.destroy();
    this.agent = new http.Agent({ keepAlive: true });
  }

  /** The failures since the last call. */
  takeFailures() {
    return this.failures.splice(0);
  }

  async stop() {
    this.running = false;
    await Promise.all(this.loops);
    this.agent.destroy();
  }
}
