import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ended, start, type Ended } from '../cli/lifelong.js';
import { outcomeOf } from '../resume/outcome.js';

/** Workers of a test, each a process of its own. */
export interface Workers {
  start(
    cwd: string,
    address: string,
    env?: Record<string, string>,
  ): { readonly process: ReturnType<typeof start>; readonly ended: Promise<Ended> };
  /** Asks all of them to end, and waits. */
  stop(): Promise<void>;
}

export function workers(silence = '2'): Workers {
  const started: ReturnType<Workers['start']>[] = [];
  return {
    start(cwd, address, env = {}) {
      const child = start(['worker', '--silence', silence], { cwd, env: { LIFELONG_REDIS: address, ...env } });
      const one = { process: child, ended: ended(child) };
      started.push(one);
      return one;
    },
    async stop() {
      for (const one of started) one.process.kill('SIGTERM');
      await Promise.all(started.splice(0).map((one) => one.ended));
    },
  };
}

/** What the runs in a grid's folder amount to, by name. */
export async function outcomesIn(project: string): Promise<Record<string, Awaited<ReturnType<typeof outcomeOf>>>> {
  const folder = join(project, 'checkpoints/grid');
  const names = readdirSync(folder).filter((name) => /-s\d+-[0-9a-f]{10}$/.test(name));
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await outcomeOf(join(folder, name))] as const)));
}
