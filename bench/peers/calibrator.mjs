// A fixed piece of work, timed for each line on standard input: run on a core, it tells how fast that core
// is just now. Prints the milliseconds of CPU time it took.
import { createInterface } from 'node:readline';

function work() {
  const before = process.cpuUsage();
  let x = 1;
  for (let i = 0; i < 4_000_000; ++i) x = (Math.imul(x, 31) + i) | 0;
  const { user, system } = process.cpuUsage(before);
  // With x in the result no compiler may leave the loop out.
  return (user + system) / 1000 + x * 0;
}

work(); // compiled by now
for await (const line of createInterface({ input: process.stdin })) {
  if (line === '') continue;
  process.stdout.write(`${work()}\n`);
}
