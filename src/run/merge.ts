import { createRun, readRun, readSnapshot } from '../checkpoint/store.js';
import { LifelongError } from '../core/errors.js';
import type { FeatureExtractor } from '../core/features.js';
import type { RunRecord } from '../core/run-record.js';
import { emptyRecord } from '../learner/empty-record.js';
import { askedAgain, extractorChoice } from '../learner/extractor-choice.js';
import type { Strategy } from '../strategies/strategy.js';
import { lastRow, type LastRow } from './merged-accuracy.js';
import { checkMergeable, mergedTasks } from './merged-tasks.js';
import { restoreStrategy } from './restore.js';

export interface MergeOptions {
  /** Replace a run that is in the folder. */
  readonly force?: boolean;
  /** The extractor that the runs were made with, where that is not known by its name. */
  readonly features?: FeatureExtractor;
  /** Told what a user should know though it stops nothing. */
  readonly onNotice?: (notice: string) => void;
}

/**
 * Makes one run of two that were learned with the same strategy, options and features: it answers as if one run had learned the tasks of both. The two
 * are only read. Where the data of both are at hand, the accuracy of the merged run on every task is measured; other entries of the accuracy matrix
 * that no run has measured are null.
 *
 * @param one the run whose standardization of features, seed and names of tasks are kept
 * @param out a new folder
 * @throws LifelongError `usage` for runs that do not fit, naming what differs; `run-missing`, `run-corrupt`, `run-version` as `openRun`; `run-exists`
 * @example
 * await mergeRuns('checkpoints/monday', 'checkpoints/tuesday', 'checkpoints/both');
 */
export async function mergeRuns(one: string, other: string, out: string, options: MergeOptions = {}): Promise<RunRecord> {
  const paths = [one, other] as const;
  const records = [await readRun(one), await readRun(other)] as const;
  checkMergeable(paths, records);
  const [a, b] = records;
  const tasks = mergedTasks(a, b);
  const strategy = await restoreStrategy(one, a);
  const choice = await extractorChoice(options.features ?? askedAgain(a.features), options.onNotice, a.features);
  try {
    if (!strategy.merge) {
      throw new LifelongError(
        'usage',
        `merge: runs of a strategy that only adds up expected, found ${strategy.name}`,
        'what ncm, slda, ranpac and probe have learned can be merged',
      );
    }
    await strategy.merge(await readSnapshot(other), tasks.slice(a.tasks.length));
    const row = await lastRow(paths, records, tasks, strategy, choice, options.onNotice);
    return await writeMerged(out, records, tasks, strategy, row, options.force);
  } finally {
    strategy.dispose();
    choice.dispose();
  }
}

async function writeMerged(
  out: string,
  [a, b]: readonly [RunRecord, RunRecord],
  tasks: RunRecord['tasks'],
  strategy: Strategy,
  row: LastRow,
  force = false,
): Promise<RunRecord> {
  const started = emptyRecord({
    stream: {
      name: `${a.stream.name}+${b.stream.name}`,
      fingerprint: `${a.stream.fingerprint}+${b.stream.fingerprint}`,
      tasks: tasks.length,
      manifest: null,
      source: null,
      notes: [`merged from ${a.tasks.length} tasks of ${a.stream.name} and ${b.tasks.length} of ${b.stream.name}`],
    },
    strategy: a.strategy,
    seed: a.seed,
    limit: null,
    features: a.features,
  });
  const store = await createRun(out, started, { force });
  const seconds = a.seconds + b.seconds;
  const unknown = (i: number) => Array.from({ length: i + 1 }, () => null);
  const matrix = (of: readonly (readonly (number | null)[])[], last: readonly (number | null)[]) =>
    tasks.map((_, i) => [...(i === tasks.length - 1 ? last : (of[i] ?? unknown(i)))]);
  try {
    await store.append({
      type: 'run-started',
      stream: started.stream.name,
      strategy: strategy.name,
      seed: a.seed,
      tasks: tasks.length,
      learned: 0,
    });
    for (const record of row.tasks) await store.append({ type: 'task-learned', task: record.index, record });
    await store.append({ type: 'run-finished', tasks: tasks.length, seconds });
    await store.save(
      {
        status: 'complete',
        seconds,
        tasks: [...row.tasks],
        accuracy: matrix(a.accuracy, row.accuracy),
        ...(strategy.predictAll && { classIncremental: matrix(a.classIncremental ?? [], row.classIncremental) }),
      },
      await strategy.save(),
    );
    return store.record;
  } finally {
    await store.close();
  }
}
