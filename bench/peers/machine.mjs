// What the figures were taken on.
import { readFileSync } from 'node:fs';
import os from 'node:os';

const read = (file) => {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return undefined;
  }
};

export function describeMachine(cores) {
  const release = read('/etc/os-release') ?? '';
  return {
    cpu: os.cpus()[0]?.model.trim(),
    architecture: os.arch(),
    cores: os.cpus().length,
    memory_bytes: os.totalmem(),
    kernel: `${os.type()} ${os.release()}`,
    system: /^PRETTY_NAME="?([^"\n]*)/m.exec(release)?.[1],
    // Virtual machines have no governor of their own.
    governor: read(`/sys/devices/system/cpu/cpu${cores.server}/cpufreq/scaling_governor`),
    virtual: /\bhypervisor\b/.test(read('/proc/cpuinfo') ?? ''),
    load: os.loadavg()[0],
    server_core: cores.server,
    load_cores: cores.load,
  };
}
