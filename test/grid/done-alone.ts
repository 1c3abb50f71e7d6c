import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { ended, lifelong, start, type Ended } from '../cli/lifelong.js';
import { startRedis, type RedisServer } from './redis-server.js';
import { projectFolder } from './tiny-grid.js';
import { outcomesIn, workers, type Workers } from './working.js';

/** Runs that are saved a few times on their way. */
export const grid = `streams: [tiny.yaml]
strategies: [finetune, { strategy: er, options: { memory: 20 } }]
options: { network: mlp, units: 8, epochs: 150, patience: -1, batchSize: 16 }
threads: 1
`;

export const project = () => projectFolder(grid);

/** A grid that this machine has done without a server, to compare with, and a server and workers for the tests of one group. */
export interface DoneAlone {
  readonly redis: RedisServer;
  readonly working: Workers;
  startGrid(cwd: string): { readonly child: ReturnType<typeof start>; readonly end: Promise<Ended> };
  /** Waits for a grid, whose runs are to be equal to the last bit; gives what it said on stderr. */
  expectSame(grid: { readonly end: Promise<Ended> }, folder: string): Promise<string>;
}

export function doneAlone(): DoneAlone {
  const working = workers();
  let redis: RedisServer | undefined;
  let alone: Awaited<ReturnType<typeof outcomesIn>>;
  beforeAll(async () => {
    redis = await startRedis();
    const folder = project();
    const { code, stderr } = await lifelong(['grid', 'grid.yaml', '--jobs', '1'], { cwd: folder });
    expect(code, stderr).toBe(0);
    alone = await outcomesIn(folder);
    expect(Object.keys(alone)).toHaveLength(2);
  });
  afterEach(() => working.stop());
  afterAll(() => redis?.stop());
  return {
    get redis() {
      return redis as RedisServer;
    },
    working,
    startGrid(cwd) {
      const child = start(['grid', 'grid.yaml', '--redis', this.redis.url], { cwd });
      return { child, end: ended(child) };
    },
    async expectSame({ end }, folder) {
      const { code, stderr } = await end;
      expect(code, stderr).toBe(0);
      expect(await outcomesIn(folder)).toEqual(alone);
      return stderr;
    },
  };
}
