import { z } from 'zod';
import { LifelongError } from '../../core/errors.js';
import type { JsonObject } from '../../core/json.js';
import { extractorSchema } from '../../core/run-record.js';
import type { Snapshot } from '../../core/snapshot.js';
import type { TaskRef } from '../../core/task.js';
import { groupNamed, headGroup, type Groups } from '../../experts/memory.js';
import type { Basis } from '../on-features/basis.js';
import { refSchema } from '../on-features/closed-form-state.js';
import { standardizationFromArrays, standardizationToArrays } from '../on-features/standardization.js';
import type { Head } from './fit-head.js';

/** A learned task with its head. */
export interface ProbedTask {
  readonly ref: TaskRef;
  readonly head: Head;
}

/** All that a probe has learned, and the task whose features it was about to fit. */
export interface Probed {
  readonly basis: Basis | undefined;
  readonly tasks: readonly ProbedTask[];
  readonly progress: { readonly task: string } | undefined;
}

export const nothingProbed: Probed = { basis: undefined, tasks: [], progress: undefined };

const stateSchema = z.strictObject({
  strategy: z.literal('probe'),
  basis: z.strictObject({ extractor: extractorSchema, standardized: z.boolean() }).nullable(),
  tasks: z.array(z.strictObject({ ref: refSchema, temperature: z.number().positive() })),
  progress: z.strictObject({ task: z.string() }).nullable(),
});

const standardizationGroup = 'standardization/features';

/** What a checkpoint holds; nothing of it ever changes. */
export function packProbed({ basis, tasks, progress }: Probed): Snapshot {
  const arrays: Record<string, Groups[string]> = {};
  if (basis?.standardization) arrays[standardizationGroup] = standardizationToArrays(basis.standardization);
  tasks.forEach(({ head: { weights, bias } }, index) => {
    const [size, classes] = [weights.length / bias.length, bias.length];
    arrays[headGroup({ index })] = {
      'head.weight': { shape: [size, classes], data: weights },
      'head.bias': { shape: [classes], data: bias },
    };
  });
  const state = {
    strategy: 'probe',
    basis: basis ? { extractor: basis.extractor, standardized: basis.standardization !== undefined } : null,
    tasks: tasks.map(({ ref, head: { temperature } }) => ({ ref, temperature })),
    progress: progress ?? null,
  };
  return { state: state as unknown as JsonObject, arrays, revisions: Object.fromEntries(Object.keys(arrays).map((group) => [group, 1])) };
}

/** @throws LifelongError `run-corrupt` for the state of another strategy, or for one that is not as expected, naming what is not */
export function unpackProbed({ state, arrays }: Pick<Snapshot, 'state' | 'arrays'>): Probed {
  const { data, error } = stateSchema.safeParse(state);
  if (!data) {
    const [issue] = error.issues;
    const where = issue?.path.join('.') ?? 'state';
    throw new LifelongError('run-corrupt', `probe: a state of its own expected, found ${where}: ${issue?.message ?? 'invalid'}`);
  }
  const { basis, tasks, progress } = data;
  const size = basis?.extractor.size ?? 0;
  return {
    basis: basis
      ? {
          extractor: basis.extractor,
          seed: 0,
          standardization: basis.standardized
            ? standardizationFromArrays(groupNamed(arrays, standardizationGroup), size, standardizationGroup)
            : undefined,
        }
      : undefined,
    tasks: tasks.map(({ ref, temperature }, index) => ({ ref, head: { ...headFrom(arrays, index, size, ref), temperature } })),
    progress: progress ?? undefined,
  };
}

function headFrom(arrays: Groups, index: number, size: number, { id, classes }: TaskRef): Pick<Head, 'weights' | 'bias'> {
  const { 'head.weight': weights, 'head.bias': bias } = groupNamed(arrays, headGroup({ index }));
  const fits = weights?.shape.join() === `${size},${classes.length}` && bias?.shape.join() === `${classes.length}`;
  if (fits && weights.data instanceof Float32Array && bias.data instanceof Float32Array) return { weights: weights.data, bias: bias.data };
  const found = weights ? `[${weights.shape.join()}]` : 'none';
  throw new LifelongError('run-corrupt', `head of task ${id}: weights [${size},${classes.length}] expected, found ${found}`);
}
