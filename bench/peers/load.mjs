// The load generator behind one function: brink-bench where it is built, else wrk, which has no open loop.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { ownProcess } from '../../tests/e2e/lib/proc.mjs';
import { pinned } from './cores.mjs';

/** Percentiles of a latency curve: from the middle on by tenths of what is left. */
const curvePercentiles = [0, 10, 25, 50, 75, 90, 95, 99, 99.5, 99.9, 99.95, 99.99];

const executable = (file) => {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/**
 * What drives the load: { name, version, openLoop, run }. `folder` is for files that it needs, `cores` where
 * it runs, `places` the folders that may have brink-bench, `prefer` a name or ''.
 *
 * run({ port, workload, connections, seconds, rate, hosts }) resolves with
 *   { requests, seconds, rps, errors, p50_us, p99_us, mean_us, curve: [[percentile, us]], command, files };
 * `files` are those that the command reads.
 * `rate` (requests/s) makes it an open loop with Poisson arrivals, latency counted from when a request
 * was due. `hosts` are Host headers to take in turns. `on`, where given, are cores: each gets a load generator of
 * its own with that many connections, their requests are added up, and percentiles are the worst one's.
 */
export function loadGenerator({ folder, cores, places, prefer }) {
  const own = places.map((place) => path.join(place, 'brink-bench')).find(executable);
  if (prefer !== 'wrk' && own) return brinkBench(own, folder, cores);
  if (prefer === 'brink-bench') throw new Error(`there is no brink-bench in ${places.join(' or ')}`);
  return wrk(folder, cores);
}

/** `one(cores, number)` on each of `on`, at once. */
async function onEach(on, one) {
  const [first, ...others] = await Promise.all(on.map(one));
  const sum = (key) => others.reduce((total, other) => total + other[key], first[key]);
  const greatest = (key) => others.reduce((most, other) => Math.max(most, other[key]), first[key]);
  return {
    ...first,
    ...Object.fromEntries(['requests', 'rps', 'errors'].map((key) => [key, sum(key)])),
    ...Object.fromEntries(['p50_us', 'p99_us', 'mean_us'].map((key) => [key, greatest(key)])),
  };
}

async function run(cores, command) {
  const [program, ...args] = pinned(cores, command);
  const child = ownProcess(spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] }));
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (bytes) => {
    stdout += bytes;
  });
  child.stderr.on('data', (bytes) => {
    stderr += bytes;
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${command[0]} ended with ${code}: ${stderr.slice(-300)}`);
  return stdout;
}

const firstLine = (program, args) => {
  try {
    return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
      .split('\n')[0]
      .trim();
  } catch (error) {
    // wrk --version ends with 1
    return `${error.stdout ?? ''}${error.stderr ?? ''}`.split('\n')[0].trim();
  }
};

// ---- brink-bench ----

function brinkBench(program, folder, cores) {
  return {
    name: 'brink-bench',
    version: firstLine(program, ['--version']),
    openLoop: true,
    async run({ port, workload, connections, seconds, rate, hosts, on = [cores] }) {
      const command = [
        program,
        ...target(folder, port, workload, hosts),
        '-c',
        String(connections),
        '-d',
        `${seconds}s`,
        ...(rate ? ['-R', String(rate)] : []),
      ];
      const all = await onEach(on, async (core, number) => {
        const output = path.join(folder, `load-${number}.json`);
        await run(core, [...command, '--json', output]);
        return fromReport(JSON.parse(readFileSync(output, 'utf8')));
      });
      return { ...all, command: ['brink-bench', ...command.slice(1)] };
    },
  };
}

function target(folder, port, workload, hosts) {
  const url = `http://127.0.0.1:${port}${workload.path}`;
  const fields = Object.entries(workload.headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
  if (hosts) {
    const file = path.join(folder, `hosts-${hosts.length}.json`);
    const lines = hosts.map((host) =>
      JSON.stringify({
        method: workload.method,
        path: workload.path,
        headers: { ...workload.headers, host },
      }),
    );
    writeFileSync(file, `${lines.join('\n')}\n`);
    return [`http://127.0.0.1:${port}`, '--requests', file];
  }
  const method = workload.method === 'GET' ? [] : ['-m', workload.method];
  const body = workload.body === undefined ? [] : ['--data', workload.body];
  return [url, ...method, ...fields, ...body];
}

function fromReport({ responses, duration_s, rps, errors, latency_us }) {
  return {
    requests: responses,
    seconds: duration_s,
    rps,
    errors: Object.values(errors).reduce((sum, count) => sum + count, 0),
    p50_us: latency_us.p50,
    p99_us: latency_us.p99,
    mean_us: latency_us.mean,
    curve: curveOf(latency_us.histogram),
  };
}

/** [[percentile, us]] of a histogram [[us, count]]. */
export function curveOf(histogram) {
  const total = histogram.reduce((sum, [, count]) => sum + count, 0);
  const curve = [];
  let seen = 0;
  let next = 0;
  for (const [value, count] of histogram) {
    seen += count;
    while (next < curvePercentiles.length && seen >= (curvePercentiles[next] / 100) * total) {
      // Past the last of so few values a percentile says nothing.
      if ((1 - curvePercentiles[next] / 100) * total >= 1) curve.push([curvePercentiles[next], value]);
      ++next;
    }
  }
  return curve;
}

// ---- wrk ----

function wrk(folder, cores) {
  return {
    name: 'wrk',
    version: firstLine('wrk', ['--version']),
    openLoop: false,
    async run({ port, workload, connections, seconds, rate, hosts, on = [cores] }) {
      if (rate) throw new Error('wrk has no open loop');
      const script = path.join(folder, 'load.lua');
      writeFileSync(script, wrkScript(workload, hosts));
      const command = [
        'wrk',
        '-t1',
        `-c${connections}`,
        `-d${seconds}s`,
        '--timeout',
        '10s',
        '-s',
        script,
        `http://127.0.0.1:${port}${workload.path}`,
      ];
      const all = await onEach(on, async (core) =>
        JSON.parse(/^report (.*)$/m.exec(await run(core, command))[1]),
      );
      return { ...all, command, files: [script] };
    },
  };
}

// A string of Lua: of what JSON escapes, only quotes, backslashes and line ends occur here.
const lua = (text) => JSON.stringify(text);

function wrkScript({ method, path: urlPath, headers, body }, hosts) {
  const lines = [
    `wrk.method = ${lua(method)}`,
    ...Object.entries(headers).map(([name, value]) => `wrk.headers[${lua(name)}] = ${lua(value)}`),
  ];
  if (body !== undefined) lines.push(`wrk.body = ${lua(body)}`);
  if (hosts) lines.push(inTurns(urlPath, hosts));
  lines.push(`
function done(summary, latency)
  local errors = summary.errors
  local curve = {}
  for _, p in ipairs({${curvePercentiles.map((p) => (p === 0 ? '0.001' : p)).join(', ')}}) do
    if (100 - p) / 100 * summary.requests >= 1 then
      curve[#curve + 1] = string.format("[%g,%d]", p, latency:percentile(p))
    end
  end
  local seconds = summary.duration / 1e6
  print(string.format('report {"requests":%d,"seconds":%f,"rps":%f,"errors":%d,"p50_us":%d,"p99_us":%d,'
    .. '"mean_us":%f,"curve":[%s]}', summary.requests, seconds, summary.requests / seconds,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    latency:percentile(50), latency:percentile(99), latency.mean, table.concat(curve, ",")))
end`);
  return lines.join('\n');
}

const inTurns = (urlPath, hosts) => `
local requests = {}
local turn = 0
function init()
  for _, host in ipairs({${hosts.map(lua).join(', ')}}) do
    wrk.headers["host"] = host
    requests[#requests + 1] = wrk.format(nil, ${lua(urlPath)})
  end
end
function request()
  turn = turn % #requests + 1
  return requests[turn]
end`;
