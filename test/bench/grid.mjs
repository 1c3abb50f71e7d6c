import { availableParallelism } from 'node:os';
import { spawnSync } from 'node:child_process';
import { megabytes, milliseconds, ratio } from './render.mjs';
import { takeTurns } from './turns.mjs';

/** What a grid costs besides its runs, whether its memory stays flat, and what runs beside each other gain. */
export const grid = {
  about: 'what a grid costs for each run, here and over Redis; what runs beside each other gain',
  all: [{ runs: 200 }],
  async measure({ runs = 1000, repeats = 1, tell }) {
    const jobs = availableParallelism();
    const hasRedis = spawnSync('redis-server', ['--version']).status === 0;
    if (!hasRedis) tell('grid: without redis-server, which is not here');
    const few = Math.max(jobs * 2, 8);
    const contestants = {
      here: { variant: 'here', options: { runs, jobs } },
      ...(hasRedis && { overRedis: { variant: 'overRedis', options: { runs, jobs } } }),
      one: { variant: 'whole', options: { runs: few, jobs: 1 } },
      several: { variant: 'whole', options: { runs: few, jobs } },
    };
    const measured = await takeTurns('grid', contestants, { repeats, warmup: 0, tell });
    const answer = (name) => measured[name]?.answers.at(-1);
    return { runs, few, jobs, here: answer('here'), overRedis: answer('overRedis'), one: answer('one'), several: answer('several') };
  },
  table: ([{ runs, few, jobs, here, overRedis, one, several }]) => ({
    title: 'Grids',
    note: `The first rows: runs that copy a finished folder instead of learning, so that the rest is the grid's: queue, a process, locks, reading the folder. ${jobs} beside each other; elapsed time divided by the runs. Memory of the process that has the queue, garbage collected, after a tenth of the runs and at the end. The last rows: runs that learn, of one thread each; the ratio is how much faster they are beside each other.`,
    columns: ['runs', 'number', 'ms a run', 'MB after a tenth', 'MB at the end', 'ratio'],
    rows: [
      ['on this machine', ...growth(runs, here)],
      ...(overRedis ? [['over Redis', ...growth(runs, overRedis)]] : []),
      ['that learn, --jobs 1', String(few), milliseconds(one.milliseconds), '–', '–', '–'],
      [
        `that learn, --jobs ${jobs}`,
        String(few),
        milliseconds(several.milliseconds),
        '–',
        '–',
        ratio(one.milliseconds / several.milliseconds),
      ],
    ],
  }),
};

const growth = (runs, { milliseconds: time, firstRssBytes, lastRssBytes }) => [
  String(runs),
  milliseconds(time),
  megabytes(firstRssBytes),
  megabytes(lastRssBytes),
  ratio(lastRssBytes / firstRssBytes),
];
