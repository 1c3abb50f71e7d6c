import { Option, InvalidArgumentError } from 'commander';
import { availableParallelism } from 'node:os';
import type { LearnOptions } from '../learner/learn-options.js';
import { threadSetting } from '../setup/native.mjs';
import { integer } from './options.js';

/** Who trains the samples of a search beside each other: so many processes, or the workers of a Redis server. */
export const searchWorkersOption = new Option(
  '--workers <n|url>',
  'processes that train the samples of a search beside each other, in rounds of searchRound (default: as many as pay here); or the Redis server whose workers do',
).argParser((text) => {
  if (/^rediss?:/.test(text)) return text;
  if (/^\d+$/.test(text)) return integer(0)(text);
  throw new InvalidArgumentError('A number of processes, or redis://HOST:PORT, expected.');
});

/** What the flag comes to; a search has use for as many workers elsewhere as it has samples in a round. */
export async function searchWorkers(flag: number | string | undefined): Promise<Pick<LearnOptions, 'workers' | 'startWorkers'>> {
  if (typeof flag !== 'string') return flag === undefined ? {} : { workers: flag };
  const [{ connect }, { searchElsewhere }] = await Promise.all([
    import('../grid/redis/connect.js'),
    import('../grid/redis/search-elsewhere.js'),
  ]);
  const startWorkers = searchElsewhere(await connect(flag), threadSetting() ?? availableParallelism());
  return { workers: Number.MAX_SAFE_INTEGER, startWorkers };
}
