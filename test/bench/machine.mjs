import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism, loadavg, totalmem } from 'node:os';
import process from 'node:process';

/** What numbers depend on besides the code. Load: programs that want to run, over the last minute and quarter of an hour. */
export function machine() {
  const [lastMinute = 0, , lastQuarter = 0] = loadavg();
  const flags = existsSync('/proc/cpuinfo') ? readFileSync('/proc/cpuinfo', 'utf8') : '';
  return {
    date: new Date().toISOString().slice(0, 10),
    cores: availableParallelism(),
    avx512: /\bavx512f\b/.test(flags),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    load: [lastMinute, lastQuarter].map((load) => Number(load.toFixed(1))),
  };
}
