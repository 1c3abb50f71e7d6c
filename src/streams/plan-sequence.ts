import { LifelongError } from '../core/errors.js';
import type { ClassName } from '../core/task.js';
import type { InputChange } from '../data/change-inputs.js';
import { paintBackground } from '../data/images/corrupt.js';
import type { DataSection } from '../data/sources/source.js';
import { permute } from '../data/permute.js';
import { rotate } from '../data/images/rotate.js';
import { classIndices } from './class-lists.js';
import { corruptionChange } from './corruption-change.js';
import { limitsSchema, type Limits, type SequenceItem } from './manifest.js';
import type { PlanData } from './plan-data.js';
import { nameOf } from './plan-tasks.js';
import type { TaskPlan } from './task-plan.js';

/** What the items of a sequence name. */
export interface Sources {
  /** By the name in `datasets`, by a section of its own, or the manifest's own data. */
  data(wanted: string | DataSection | undefined): Promise<PlanData>;
  /** The tasks of another stream, by shipped name or path of a manifest. */
  tasks(stream: string): Promise<TaskPlan[]>;
}

interface SequenceContext {
  readonly sources: Sources;
  readonly limits: Limits;
  readonly seed: number;
  readonly labelNoise: number;
}

/**
 * The tasks of a `sequence`, in order. An id is the position where the item gives none.
 *
 * @throws LifelongError `config` or `data`
 */
export async function planSequence(items: readonly SequenceItem[], context: SequenceContext): Promise<TaskPlan[]> {
  const plans: TaskPlan[] = [];
  for (const item of items) {
    const found = item.stream === undefined ? [await planItem(item, context)] : await planStream(item, context);
    for (const plan of found) plans.push({ ...plan, id: item.id ?? String(plans.length) });
  }
  return plans;
}

async function planItem(item: SequenceItem, { sources, limits, seed, labelNoise }: SequenceContext): Promise<TaskPlan> {
  const data = await sources.data(item.data);
  const classes = item.classes ? classIndices(item.classes, data.classes, 'tasks.sequence classes') : data.classes.map((_, c) => c);
  const changes: InputChange[] = [
    ...(item.background === undefined ? [] : [paintBackground(item.background)]),
    ...(item.permute === undefined ? [] : [permute(seed, item.permute)]),
    ...(item.rotate === undefined ? [] : [rotate(item.rotate)]),
    ...(item.corrupt === undefined ? [] : corruptionChange(item.corrupt, seed)),
  ];
  const name =
    item.name ?? [data.name, nameOf(classes.map((c) => data.classes[c] as ClassName)), ...changes.map((change) => change.name)].join(', ');
  const own = limitsSchema.parse({ ...limits, ...item.limits });
  return { id: '', name, data, classes, changes, labelNoise: item.labelNoise ?? labelNoise, limits: own };
}

/** Tasks of another stream. */
async function planStream(item: SequenceItem, { sources }: SequenceContext): Promise<TaskPlan[]> {
  const name = item.stream ?? '';
  const plans = await sources.tasks(name);
  return (item.only ?? plans.map((_, index) => index)).map((index) => {
    const plan = plans[index];
    if (!plan) throw new LifelongError('config', `tasks.sequence only: task 0 to ${plans.length - 1} of ${name} expected, found ${index}`);
    return plan;
  });
}
