import { z } from 'zod';
import { decisionSchema } from '../../core/decision.js';
import { LifelongError } from '../../core/errors.js';
import type { JsonObject } from '../../core/json.js';
import { taskRecordSchema } from '../../core/run-record.js';
import type { NamedArray } from '../../core/snapshot.js';

/** The arrays of a snapshot, by group. */
export type Groups = Readonly<Record<string, Readonly<Record<string, NamedArray>>>>;

const expert = z.strictObject({
  id: z.string(),
  genotype: z.string(),
  architectureFrom: z.string(),
  inputShape: z.array(z.int().positive()),
  largestTrain: z.int(),
  revision: z.int(),
  tasks: z.array(z.string()),
});
const ref = taskRecordSchema.pick({ id: true, index: true, name: true, classes: true, inputShape: true, normalization: true });
/** Read by the search and the training themselves; numbers in it may be infinite. */
const own = z.custom<JsonObject>((value) => typeof value === 'object' && value !== null);
const progress = z.strictObject({
  task: z.string(),
  divergence: z.array(z.number()),
  noiseFloor: z.number().nullable(),
  decision: decisionSchema,
  genotype: z.string().nullable(),
  search: own.nullable(),
  fit: own.nullable(),
});

/** The JSON part of a snapshot of PAR. */
const packedStateSchema = z.strictObject({
  experts: z.array(expert),
  tasks: z.array(z.strictObject({ ref, expert: z.string() })),
  progress: progress.nullable(),
});
export type PackedState = z.infer<typeof packedStateSchema>;

/** @throws LifelongError `run-corrupt` for the state of another strategy or version, naming the first member that is not as expected */
export function readPackedState(state: JsonObject): PackedState {
  const { data, error } = packedStateSchema.safeParse(state);
  if (data) return data;
  const [issue] = error.issues;
  throw new LifelongError(
    'run-corrupt',
    `par: a state of its own expected, found another: ${issue?.path.join('.') || 'state'}: ${issue?.message ?? 'invalid'}`,
    'it was saved by another strategy, or by a version of lifelong that keeps it in another form',
  );
}

/** One group of arrays. @throws LifelongError `run-corrupt` when it is not there */
export function groupNamed(arrays: Groups, name: string): Readonly<Record<string, NamedArray>> {
  const found = arrays[name];
  if (!found) throw new LifelongError('run-corrupt', `weights ${name} expected, found ${Object.keys(arrays).join(', ') || 'none'}`);
  return found;
}
