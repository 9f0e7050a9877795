// The rest of the report: how it was measured, on what, and with which commands.
import { mebibytes } from './format.mjs';
import { dataTable, details, tag } from './markup.mjs';

const list = (items) =>
  tag(
    'ul',
    {},
    items.filter(Boolean).map((item) => tag('li', {}, item)),
  );
const cores = (numbers) => `${numbers.length === 1 ? 'core' : 'cores'} ${numbers.join(', ')}`;

export function method({ options, machine, load }) {
  return [
    tag('h2', { id: 'method' }, 'Method'),
    list([
      `The server and all its processes run on core ${machine.server_core}; load generator, origin (nginx) and the `
        + `measuring program on ${cores(machine.load_cores)}.`,
      `${options.connections} connections (unless said otherwise), ${options.duration} s a run, ${options.rounds} `
        + `round${options.rounds === 1 ? '' : 's'}. A round visits every server before the next begins, forwards and `
        + 'backwards in turns, so that a slow spell of the machine falls on all. Servers that no target names run in each '
        + 'fourth round.',
      'CPU time is the user and system time of the server’s process and all below it, from /proc, over the requests that '
        + 'were answered. On a shared machine it is the figure to trust; throughput and latency depend on what the load '
        + 'generator gets.',
      'Before each run the program waits for the machine to come to rest. A run in which others had more than 8 % of the '
        + 'server’s core is done once more, and is marked noisy if that did not help.',
      'Each server’s answer to each workload is checked before: status, headers, body, and what the origin saw.',
      'brink runs with its limits, its jail and its access log (to a file), one front and one worker. The peers write no '
        + 'access log.',
      'Memory is RSS or PSS of all processes, as said; idle means 1.5 s after the last answer.',
      `Load: ${load.name}${load.version ? ` (${load.version})` : ''}.`,
    ]),
  ];
}

export function workloadTable({ workloads }) {
  return [
    tag('h2', { id: 'workloads' }, 'Workloads'),
    tag(
      'div',
      { class: 'card' },
      dataTable(
        ['', 'request', 'what happens'],
        Object.entries(workloads).map(([id, { title, about, request }]) => [
          `${id} ${title}`,
          tag('code', {}, request),
          about,
        ]),
        { numbers: 9, caption: 'Workloads' },
      ),
    ),
  ];
}

export function machineAndVersions({ machine, versions, labels, commit }) {
  const facts = [
    ['processor', `${machine.cpu}, ${machine.cores} cores, ${machine.architecture}`],
    ['memory', mebibytes(machine.memory_bytes)],
    ['kernel', machine.kernel],
    ['system', machine.system],
    [
      'frequency governor',
      machine.governor ?? (machine.virtual ? 'a virtual machine: not known' : 'not known'),
    ],
    ['load average at the start', machine.load?.toFixed(2)],
    ['brink’s commit', commit],
  ].filter(([, value]) => value);
  return [
    tag('h2', { id: 'machine' }, 'Machine and versions'),
    tag(
      'div',
      { class: 'cards' },
      tag('div', { class: 'card' }, dataTable(['machine', ''], facts, { numbers: 9, caption: 'Machine' })),
      tag(
        'div',
        { class: 'card' },
        dataTable(
          ['server', 'version'],
          Object.entries(versions).map(([name, version]) => [labels[name] ?? name, version]),
          { numbers: 9, caption: 'Versions' },
        ),
      ),
    ),
  ];
}

const word = (text) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
const shell = ({ command, cwd, env }) =>
  [
    cwd && `cd ${word(cwd)} &&`,
    ...Object.entries(env ?? {}).map(([name, value]) => `${name}=${word(value)}`),
    ...command.map(word),
  ]
    .filter(Boolean)
    .join(' ');

export function commands({ commands: all, arguments: given, seconds }) {
  return [
    tag('h2', { id: 'commands' }, 'Commands and configurations'),
    tag(
      'p',
      {},
      `This report: `,
      tag('code', {}, ['./dev bench peers', ...given.map(word)].join(' ')),
      Number.isFinite(seconds) && `, ${Math.max(1, Math.round(seconds / 60))} min.`,
    ),
    tag(
      'div',
      { class: 'card' },
      all.map((entry) =>
        details(
          entry.name,
          tag('pre', { class: 'command', tabindex: '0' }, shell(entry)),
          (entry.files ?? []).map(({ name, text }) => [
            tag('p', { class: 'quiet' }, name),
            tag('pre', { tabindex: '0' }, text),
          ]),
        ),
      ),
    ),
  ];
}
