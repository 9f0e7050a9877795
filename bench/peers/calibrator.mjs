// A fixed piece of work, timed for each line on standard input: run on a core, it tells how fast that core
// is just now. Prints the milliseconds of CPU time it took.
import { createInterface } from 'node:readline';

let sink = 0;

function work() {
  const before = process.cpuUsage();
  for (let i = 0; i < 3_000_000; ++i) sink = (sink + i * i) % 1_000_003;
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

work(); // compiled by now
for await (const line of createInterface({ input: process.stdin })) {
  if (line === '') continue;
  process.stdout.write(`${work()}\n`);
}
process.exitCode = sink < 0 ? 1 : 0;
