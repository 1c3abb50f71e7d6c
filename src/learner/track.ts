import type { AccuracyTracked, Phase, StrategyEvent } from '../core/events.js';
import { random } from '../core/random.js';
import type { RunRecord } from '../core/run-record.js';
import type { Task } from '../core/task.js';
import { accuracyOf } from '../nn/inference.js';
import type { LearnContext, Midway, Strategy } from '../strategies/strategy.js';
import { block } from './evaluate.js';

/** Test examples of a task, at most, that accuracy during training is measured on. */
const mostTracked = 500;

/** What a run remembers of accuracy during training. */
export type Tracking = NonNullable<RunRecord['tracking']>;

/** An epoch after which accuracy is measured. */
export type TrackedEpoch = NonNullable<Tracking['pending']>;

/** Tracking after every so many epochs; undefined for 0. */
export function trackingEvery(epochs: number): Tracking | undefined {
  return epochs === 0 ? undefined : { every: epochs, examples: mostTracked, pending: null };
}

/** The epoch that this event tells of, where it is one to measure after. */
export function trackedEpoch(event: StrategyEvent, tracking: Tracking | undefined): TrackedEpoch | null {
  if (!tracking || event.type !== 'epoch-ended') return null;
  const { phase, epoch } = event;
  return isTraining(phase) && epoch % tracking.every === 0 ? { phase, epoch } : null;
}

const isTraining = (phase: Phase): phase is TrackedEpoch['phase'] => phase !== 'search';

/** Positions in a task's test split that are measured: all, or so many of them drawn at random, the same ones throughout a run. */
export function trackedPositions({ index, test }: Task, seed: number, { examples }: Tracking): Int32Array {
  return random(seed, 'task', index, 'tracked').permutation(test.size).slice(0, examples).sort();
}

/**
 * Accuracy with the weights of the moment on the task under way and on every learned task whose predictions its training changes; nothing for a
 * strategy that cannot say.
 *
 * @param learned the tasks before this one
 * @throws LifelongError `interrupted` from reading data, when the run's signal is aborted
 */
export async function trackAccuracy(
  strategy: Strategy,
  task: Task,
  context: LearnContext,
  tracking: Tracking,
  { phase, epoch }: TrackedEpoch,
  learned: readonly { readonly id: string; readonly index: number }[],
): Promise<AccuracyTracked[]> {
  const midway = strategy.midway?.(task, context);
  const events: AccuracyTracked[] = [];
  for (const id of midway?.tasks ?? []) {
    const data = id === task.id ? task : context.known?.(id);
    const accuracy = midway && data ? await accuracyMidway(midway, data, trackedPositions(data, context.seed, tracking)) : null;
    const on = learned.find((known) => known.id === id)?.index ?? task.index;
    events.push({ type: 'accuracy-tracked', task: task.index, phase, epoch, on, accuracy });
  }
  return events;
}

async function accuracyMidway(midway: Midway, task: Task, positions: Int32Array): Promise<number | null> {
  if (positions.length === 0) return null;
  const classes = task.classes.length;
  const logits = new Float32Array(positions.length * classes);
  const labels = new Int32Array(positions.length);
  for (let start = 0; start < positions.length; start += block) {
    const examples = await task.test.read(positions.slice(start, start + block));
    logits.set((await midway.predict(task, examples)).logits, start * classes);
    labels.set(examples.labels, start);
  }
  return accuracyOf(logits, classes, labels);
}
