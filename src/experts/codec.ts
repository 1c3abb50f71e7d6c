import { z } from 'zod';
import { architectureSchema } from '../core/architecture.js';
import { LifelongError } from '../core/errors.js';
import type { JsonObject } from '../core/json.js';
import { taskRecordSchema } from '../core/run-record.js';
import type { NamedArray, Snapshot } from '../core/snapshot.js';
import { taskRef } from '../core/task.js';
import { headLayout } from '../nn/head.js';
import { fromArrays, toArrays } from '../nn/layout.js';
import { networkOf, type ExpertKind } from './expert-kind.js';
import type { Expert } from './expert.js';
import { expertOf, groupNamed, type Groups, type LearnedTask, type Memory } from './memory.js';

const expert = z.strictObject({
  id: z.string(),
  architecture: architectureSchema,
  architectureFrom: z.string().nullable(),
  inputShape: z.array(z.int().positive()),
  largestTrain: z.int(),
  revision: z.int(),
  tasks: z.array(z.string()),
});
const ref = taskRecordSchema.pick({ id: true, index: true, name: true, classes: true, inputShape: true, normalization: true });

/** JSON that its owner reads itself; numbers in it may be infinite. */
export const ownJson = z.custom<JsonObject>((value) => typeof value === 'object' && value !== null);

const memoryShape = { experts: z.array(expert), tasks: z.array(z.strictObject({ ref, expert: z.string() })) };
type PackedMemory = z.infer<z.ZodObject<typeof memoryShape>>;

/** The JSON part of a snapshot. @param own what a strategy adds to a task under way */
const stateSchema = <Own extends z.ZodRawShape>(own: Own) =>
  z.strictObject({
    ...memoryShape,
    progress: z.strictObject({ task: z.string(), fit: ownJson.nullable(), ...own }).nullable(),
    strategy: z.string(),
  });

/** What a strategy adds to a task under way, as it is packed. */
export type PackedProgress<Own extends z.ZodRawShape> = NonNullable<z.infer<ReturnType<typeof stateSchema<Own>>>['progress']>;

/** @throws LifelongError `run-corrupt` for the state of another strategy, or for one that is not as expected, naming what is not */
export function readState<Own extends z.ZodRawShape>(
  strategy: string,
  state: JsonObject,
  own: Own,
): z.infer<ReturnType<typeof stateSchema<Own>>> {
  const { data, error } = stateSchema(own).safeParse(state);
  if (data?.strategy === strategy) return data;
  const [issue] = error?.issues ?? [];
  const found = data ? `one of ${data.strategy}` : `${issue?.path.join('.') || 'state'}: ${issue?.message ?? 'invalid'}`;
  throw new LifelongError(
    'run-corrupt',
    `${strategy}: a state of its own expected, found ${found}`,
    'it was saved by another strategy, or by a version of lifelong that keeps it in another form',
  );
}

/** A memory and the task under way as JSON and named arrays: what a checkpoint holds. */
export function packState(strategy: string, memory: Memory, progress: Snapshot | undefined): Snapshot {
  const experts = memory.experts.map(({ id, architecture, architectureFrom, inputShape, largestTrain, revision, tasks }) => {
    return { id, architecture, architectureFrom, inputShape, largestTrain, revision, tasks };
  });
  const tasks = memory.tasks.map((task) => ({ ref: taskRef(task.ref), expert: task.expert }));
  const state = { strategy, experts, tasks, progress: progress?.state ?? null };
  return { state: state as unknown as JsonObject, arrays: { ...packArrays(memory), ...progress?.arrays } };
}

function packArrays(memory: Memory): Groups {
  const ofExperts = memory.experts.map(({ id, network, vectors }) => {
    const { parameters, statistics } = network.declaration;
    const pack = () => ({ ...toArrays(parameters, vectors.parameters), ...toArrays(statistics, vectors.statistics) });
    return [`experts/${id}`, packOnce(vectors, pack)] as const;
  });
  const ofHeads = memory.tasks.map((task) => {
    const layout = headLayout(expertOf(memory, task).network.featureSize, task.ref.classes.length);
    return [`heads/${task.ref.index}`, packOnce(task.head, () => toArrays(layout, task.head))] as const;
  });
  return { ...Object.fromEntries(ofExperts), ...Object.fromEntries(ofHeads), ...memory.kept };
}

type Packed = Readonly<Record<string, NamedArray>>;

const packed = new WeakMap<object, Packed>();

/**
 * What is learned is replaced when it changes, not written to, so it is packed once: every snapshot has the same object for it, which tells a
 * checkpoint that there is nothing new.
 */
function packOnce(learned: object, pack: () => Packed): Packed {
  const arrays = packed.get(learned) ?? pack();
  packed.set(learned, arrays);
  return arrays;
}

/** @throws LifelongError `run-corrupt` when arrays are missing or do not fit the experts' networks */
export function unpackMemory(state: PackedMemory, arrays: Groups, kinds: readonly ExpertKind[]): Memory {
  const experts = state.experts.map((stored): Expert => {
    const owner = `expert ${stored.id}`;
    const network = networkOf(kinds, stored.architecture, stored.inputShape, owner);
    const group = groupNamed(arrays, `experts/${stored.id}`);
    const { parameters, statistics } = network.declaration;
    const vectors = { parameters: fromArrays(parameters, group, owner), statistics: fromArrays(statistics, group, owner) };
    return { ...stored, network, vectors };
  });
  const tasks = state.tasks.map((stored): LearnedTask => {
    const { id, index, classes } = stored.ref;
    const layout = headLayout(expertOf({ experts }, stored).network.featureSize, classes.length);
    return { ...stored, head: fromArrays(layout, groupNamed(arrays, `heads/${index}`), `head of task ${id}`) };
  });
  const kept = Object.fromEntries(Object.entries(arrays).filter(([name]) => !/^(experts|heads|progress)\//.test(name)));
  return { experts, tasks, kept };
}
