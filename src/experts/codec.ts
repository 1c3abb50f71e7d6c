import { z } from 'zod';
import { architectureSchema } from '../core/architecture.js';
import { LifelongError } from '../core/errors.js';
import { frozenBaseRefSchema, sha256Schema } from '../core/expert.js';
import { frozenGroup } from '../core/frozen-weights.js';
import { inputSchema } from '../core/input.js';
import type { JsonObject } from '../core/json.js';
import { taskRecordSchema } from '../core/run-record.js';
import { isKeptBesides, type Snapshot } from '../core/snapshot.js';
import { taskRef } from '../core/task.js';
import { hashArrays } from '../data/hash-arrays.js';
import { headLayout } from '../nn/head.js';
import { readBounded } from '../nn/bounded-weights.js';
import { fromArrays, toArrays } from '../nn/layout.js';
import { readOrthonormal } from '../nn/read-orthonormal.js';
import { baseNamed, frozenReader, readFrozen } from './expert-base.js';
import { networkOf, type ExpertKind } from './expert-kind.js';
import type { Expert } from './expert.js';
import { expertGroup, expertOf, groupNamed, headGroup, type Groups, type LearnedTask, type Memory } from './memory.js';
import { controllerHash, controllerOf, refuseOtherControllers } from './shared-controller.js';

const expert = z.strictObject({
  id: z.string(),
  on: frozenBaseRefSchema.nullable().default(null),
  architecture: architectureSchema,
  architectureFrom: z.string().nullable(),
  input: inputSchema,
  largestTrain: z.int(),
  revision: z.int(),
  tasks: z.array(z.string()),
  /** Hash of the controller that it shares, which is kept once. */
  controller: sha256Schema.exactOptional(),
});
const ref = taskRecordSchema.pick({ id: true, index: true, name: true, classes: true, input: true, normalization: true });

/** JSON that its owner reads itself; numbers in it may be infinite. */
export const ownJson = z.custom<JsonObject>((value) => typeof value === 'object' && value !== null);

const memoryShape = { experts: z.array(expert), tasks: z.array(z.strictObject({ ref, expert: z.string() })) };
type PackedMemory = z.infer<z.ZodObject<typeof memoryShape>>;

/** The JSON part of a snapshot. @param own what a strategy adds to a task under way */
const stateSchema = <Own extends z.ZodRawShape>(own: Own) =>
  z.strictObject({
    ...memoryShape,
    progress: z.strictObject({ task: z.string(), on: frozenBaseRefSchema.exactOptional(), fit: ownJson.nullable(), ...own }).nullable(),
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
    'it was saved by another strategy, or by another version, which keeps it in another form',
  );
}

/** A memory and the task under way as JSON and named arrays: what a checkpoint holds. */
export function packState(strategy: string, memory: Memory, progress: Snapshot | undefined): Snapshot {
  const experts = memory.experts.map((expert) => {
    const { id, on, architecture, architectureFrom, input, largestTrain, revision, tasks } = expert;
    const controller = controllerHash(expert);
    return { id, on, architecture, architectureFrom, input, largestTrain, revision, tasks, ...(controller && { controller }) };
  });
  const tasks = memory.tasks.map((task) => ({ ref: taskRef(task.ref), expert: task.expert }));
  const state = { strategy, experts, tasks, progress: progress?.state ?? null };
  return {
    state: state as unknown as JsonObject,
    arrays: packArrays(memory, progress?.arrays),
    revisions: memory.revisions,
  };
}

/** Filled group by group: spreading and joining objects of a thousand names takes ten times as long as all else. */
function packArrays({ experts, tasks, kept }: Memory, progress: Groups = {}): Groups {
  const groups: Record<string, Groups[string]> = {};
  for (const expert of experts) {
    const { id, network, vectors } = expert;
    const { parameters, statistics } = network.declaration;
    const own = { ...toArrays(parameters, vectors.parameters), ...toArrays(statistics, vectors.statistics) };
    const controller = controllerOf(expert);
    if (controller) groups[frozenGroup(hashArrays(controller))] = controller;
    groups[expertGroup(id)] = controller ? Object.fromEntries(Object.entries(own).filter(([name]) => !(name in controller))) : own;
    if (network.frozen) groups[frozenGroup(network.frozen.sha256)] = network.frozen.arrays;
  }
  for (const task of tasks) {
    const layout = headLayout(expertOf({ experts }, task).network.featureSize, task.ref.classes.length);
    groups[headGroup(task.ref)] = toArrays(layout, task.head);
  }
  return Object.assign(groups, kept, progress);
}

/** @throws LifelongError `run-corrupt` when arrays are missing or do not fit the experts' networks, or are not what an expert stands on */
export function unpackMemory(state: PackedMemory, arrays: Groups, kinds: readonly ExpertKind[]): Memory {
  const experts: Expert[] = [];
  const frozenOf = frozenReader(arrays);
  for (const stored of state.experts) {
    const owner = `expert ${stored.id}`;
    const on = stored.on ? baseNamed({ experts }, stored.on, frozenOf(stored.on, owner)) : undefined;
    const network = networkOf(kinds, stored.architecture, stored.input, owner, on);
    const { controller, ...plain } = stored;
    const group = groupNamed(arrays, expertGroup(stored.id));
    const all = controller === undefined ? group : { ...group, ...controllerNamed(arrays, controller, owner) };
    const { parameters, statistics } = network.declaration;
    const own = readBounded(parameters, readOrthonormal(parameters, fromArrays(parameters, all, owner), owner), owner);
    const vectors = { parameters: own, statistics: fromArrays(statistics, group, owner) };
    experts.push({ ...plain, network, vectors });
  }
  refuseOtherControllers(experts);
  const tasks = state.tasks.map((stored): LearnedTask => {
    const { id, index, classes } = stored.ref;
    const layout = headLayout(expertOf({ experts }, stored).network.featureSize, classes.length);
    return { ...stored, head: fromArrays(layout, groupNamed(arrays, headGroup({ index })), `head of task ${id}`) };
  });
  const kept = Object.fromEntries(Object.entries(arrays).filter(([name]) => isKeptBesides(name)));
  const revisions: Record<string, number> = Object.fromEntries(experts.map(({ id, revision }) => [expertGroup(id), revision]));
  for (const { network } of experts) if (network.frozen) revisions[frozenGroup(network.frozen.sha256)] = 0;
  const changing = [...tasks.map(({ ref: { index } }) => headGroup({ index })), ...Object.keys(kept)];
  for (const group of changing) revisions[group] = tasks.length; // when they changed last is not stored
  return { experts, tasks, kept, revisions };
}

const controllerNamed = (arrays: Groups, sha256: string, owner: string) =>
  readFrozen(arrays, sha256, `a controller with weights ${sha256}`, owner).arrays;
