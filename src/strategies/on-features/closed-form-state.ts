import { z } from 'zod';
import { LifelongError } from '../../core/errors.js';
import type { JsonObject } from '../../core/json.js';
import { extractorSchema, taskRecordSchema } from '../../core/run-record.js';
import type { Snapshot } from '../../core/snapshot.js';
import { groupNamed, headGroup, type Groups } from '../../experts/memory.js';
import type { Learned, LearnedClasses } from './learned.js';
import type { ClosedFormMethod } from './method.js';
import { momentFromArrays, momentToArrays, type SecondMoment } from './second-moment.js';
import { standardizationFromArrays, standardizationToArrays } from './standardization.js';
import { sumsFromArrays, sumsToArrays, type ClassSums } from './sums.js';

/** A task under way: what its first examples add. */
export interface UnderWay {
  /** Id of the task. */
  readonly task: string;
  readonly classes: number;
  /** Examples whose rows are in the sums. */
  readonly done: number;
  readonly sums: ClassSums;
  readonly moment: SecondMoment | undefined;
}

export const refSchema = taskRecordSchema.pick({ id: true, index: true, name: true, classes: true, input: true, normalization: true });

const stateSchema = z.strictObject({
  strategy: z.string(),
  basis: z.strictObject({ extractor: extractorSchema, seed: z.int(), standardized: z.boolean() }).nullable(),
  tasks: z.array(
    z.strictObject({
      ref: refSchema,
      losses: z.array(z.custom<number>((value) => typeof value === 'number')), // some may be infinite
      temperature: z.strictObject({ log: z.number(), examples: z.int().min(0) }),
    }),
  ),
  progress: z.strictObject({ task: z.string(), classes: z.int(), done: z.int() }).nullable(),
});

const standardizationGroup = 'standardization/features';
const [trainMoment, heldOutMoment] = ['moments/train', 'moments/held-out'];
const [progressSums, progressMoment] = ['progress/sums', 'progress/moment'];
const heldOutGroup = (index: number) => `held-out/${index}`;

/** What a checkpoint holds. A task's head follows from its sums, which are kept in its place. The groups of a learned task never change; second moments do with every task. */
export function packLearned(strategy: string, learned: Learned, progress: UnderWay | undefined): Snapshot {
  const { basis, tasks, moment, heldOutMoment: heldOut } = learned;
  const arrays: Record<string, Groups[string]> = {};
  const revisions: Record<string, number> = {};
  const keep = (group: string, content: Groups[string], revision: number) => {
    arrays[group] = content;
    revisions[group] = revision;
  };
  if (basis?.standardization) keep(standardizationGroup, standardizationToArrays(basis.standardization), 1);
  tasks.forEach((task, i) => {
    keep(headGroup({ index: i }), sumsToArrays(task.sums), 1);
    if (task.heldOut) keep(heldOutGroup(i), sumsToArrays(task.heldOut), 1);
  });
  if (moment) keep(trainMoment, momentToArrays(moment), tasks.length);
  if (heldOut) keep(heldOutMoment, momentToArrays(heldOut), tasks.length);
  if (progress) {
    arrays[progressSums] = sumsToArrays(progress.sums);
    if (progress.moment) arrays[progressMoment] = momentToArrays(progress.moment);
  }
  const state = {
    strategy,
    basis: basis ? { extractor: basis.extractor, seed: basis.seed, standardized: basis.standardization !== undefined } : null,
    tasks: tasks.map(({ ref, losses, temperature }) => ({ ref, losses, temperature })),
    progress: progress ? { task: progress.task, classes: progress.classes, done: progress.done } : null,
  };
  return { state: state as unknown as JsonObject, arrays, revisions };
}

/** @throws LifelongError `run-corrupt` for the state of another strategy, or for one that is not as expected, naming what is not */
export function unpackLearned(
  strategy: string,
  method: ClosedFormMethod,
  { state, arrays }: Pick<Snapshot, 'state' | 'arrays'>,
): { learned: Learned; progress: UnderWay | undefined } {
  const { data, error } = stateSchema.safeParse(state);
  if (data?.strategy !== strategy) {
    const [issue] = error?.issues ?? [];
    const found = data ? `one of ${data.strategy}` : `${issue?.path.join('.') || 'state'}: ${issue?.message ?? 'invalid'}`;
    throw new LifelongError(
      'run-corrupt',
      `${strategy}: a state of its own expected, found ${found}`,
      'it was saved by another strategy or version',
    );
  }
  const { basis: packed, tasks: stored, progress } = data;
  const features = packed?.extractor.size ?? 0;
  const size = packed ? method.rowSize(features) : 0;
  const sumsOf = (group: string, classes: number) => sumsFromArrays(groupNamed(arrays, group), classes, size, group);
  const momentOf = (group: string) => momentFromArrays(groupNamed(arrays, group), size, group);
  const tasks = stored.map((task, i): LearnedClasses => {
    const classes = task.ref.classes.length;
    return {
      ...task,
      sums: sumsOf(headGroup({ index: i }), classes),
      heldOut: method.keepsHeldOut ? sumsOf(heldOutGroup(i), classes) : undefined,
    };
  });
  const basis = packed && {
    extractor: packed.extractor,
    seed: packed.seed,
    standardization: packed.standardized
      ? standardizationFromArrays(groupNamed(arrays, standardizationGroup), features, standardizationGroup)
      : undefined,
  };
  const learned: Learned = {
    basis: basis ?? undefined,
    tasks,
    moment: method.keepsMoment && tasks.length > 0 ? momentOf(trainMoment) : undefined,
    heldOutMoment: method.keepsHeldOut && tasks.length > 0 ? momentOf(heldOutMoment) : undefined,
  };
  const underWay = progress && {
    ...progress,
    sums: sumsOf(progressSums, progress.classes),
    moment: method.keepsMoment ? momentOf(progressMoment) : undefined,
  };
  return { learned, progress: underWay ?? undefined };
}
