import { random } from '../core/random.js';
import type { Augmentation, ClassName, Normalization, Split, Task } from '../core/task.js';
import { isSoundSplit } from '../data/audio/sound-split.js';
import { changeInputs } from '../data/change-inputs.js';
import { channelStatistics } from '../data/channel-statistics.js';
import { joinSplits } from '../data/join-splits.js';
import { subset } from '../data/subset.js';
import { domainOf } from '../domains/registry.js';
import type { Share, Window } from './allot.js';
import type { Normalize } from './manifest.js';
import { planInput } from './plan-input.js';
import type { SoundCopies } from './sound-copies.js';
import type { TaskPlan } from './task-plan.js';

/** What all tasks of a stream have in common. */
export interface CutOptions {
  readonly seed: number;
  readonly normalize: Normalize;
  /** Of the tasks whose domain has such changes. */
  readonly augment: readonly Augmentation[];
  /** Of the training recordings of tasks that have some. */
  readonly sounds?: SoundCopies;
}

/**
 * Makes the task that a plan describes from the samples allotted to it.
 *
 * @param shares for each class of the plan
 * @param statistics of the whole data, where they are known and not to be worked out
 */
export async function cutTask(
  plan: TaskPlan,
  shares: readonly Share[],
  index: number,
  options: CutOptions,
  statistics?: Normalization,
): Promise<Task> {
  const { data } = plan;
  const input = planInput(plan);
  const part = (name: 'train' | 'validation' | 'test') => {
    const from = name === 'validation' && !data.validation ? 'train' : name;
    return cut(
      plan,
      from,
      shares.map((share) => share[name]),
      name === 'test' ? 0 : plan.labelNoise,
      options.seed,
      name === 'train' ? options.sounds : undefined,
    );
  };
  const [train, validation, test] = await Promise.all([part('train'), part('validation'), part('test')]);
  return {
    id: plan.id,
    index,
    name: plan.name,
    classes: plan.classes.map((c) => data.classes[c] as ClassName),
    input,
    normalization: input.dtype === 'int32' ? null : await normalizationOf(plan, train, options, statistics),
    augment: domainOf(input).augment ? options.augment : [],
    ...(data.scale !== undefined && { scale: data.scale }),
    ...(data.reading && { reading: data.reading }),
    ...(plan.changes.length > 0 && { changes: plan.changes.map((change) => change.name) }),
    train,
    validation,
    test,
  };
}

async function cut(
  plan: TaskPlan,
  part: 'train' | 'validation' | 'test',
  windows: readonly Window[],
  labelNoise: number,
  seed: number,
  sounds: SoundCopies | undefined,
): Promise<Split> {
  const { data } = plan;
  const groups = (await data.positions(part)) ?? [];
  const chosen: (readonly [position: number, label: number])[] = [];
  windows.forEach(({ start, count }, label) => {
    const classIndex = plan.classes[label] as number;
    const group = groups[classIndex] ?? new Int32Array(0);
    const order = random(seed, 'samples', data.name, part, String(data.classes[classIndex])).permutation(group.length);
    for (let i = 0; i < count; i++) chosen.push([group[order[(start + i) % group.length] as number] as number, label]);
  });
  chosen.sort(([a], [b]) => a - b);
  const labels = Int32Array.from(chosen, ([, label]) => label);
  const noisy = labelNoise > 0 ? replaceLabels(labels, plan.classes.length, labelNoise, seed, plan.id, part) : labels;
  const positions = Int32Array.from(chosen, ([position]) => position);
  const chosenFrom = (split: Split): Split => subset(plan.changes.reduce(changeInputs, split), positions, noisy);
  const whole = data[part] ?? data.train;
  const copies = sounds && isSoundSplit(whole) ? sounds.copies.map((copy) => chosenFrom(whole.heard(copy))) : [];
  return copies.length === 0 ? chosenFrom(whole) : joinSplits([chosenFrom(whole), ...copies]);
}

/** Labels of which this share is replaced by another class, each other class alike. */
function replaceLabels(labels: Int32Array, classes: number, share: number, seed: number, ...purpose: string[]): Int32Array {
  const draws = random(seed, 'label-noise', ...purpose);
  return labels.map((label) => (draws.uniform() < share && classes > 1 ? (label + 1 + draws.integer(classes - 1)) % classes : label));
}

async function normalizationOf(
  plan: TaskPlan,
  train: Split,
  { normalize }: CutOptions,
  statistics: Normalization | undefined,
): Promise<Normalization | null> {
  if (normalize === 'none') return null;
  if (normalize === 'dataset') return statistics ?? plan.data.statistics();
  return normalize === 'task' ? channelStatistics(train) : normalize;
}
