import { lastValueFrom, toArray } from 'rxjs';
import type { LearnEvent } from '../../src/core/events.js';
import type { Snapshot } from '../../src/core/snapshot.js';
import type { Task } from '../../src/core/task.js';
import { pixels } from '../../src/features/pixels.js';
import { learn } from '../../src/learner/learn.js';
import { allPositions } from '../../src/experts/training/batches.js';
import type { LearnContext, Strategy } from '../../src/strategies/strategy.js';
import type { UserTask } from '../../src/streams/array-task.js';

/** A network of cells that learns in a moment. */
export const tinyCells = { channels: 2, cells: 1, epochs: 2, batchSize: 16, engine: 'eager' } as const;

/** A perceptron that learns in a moment. */
export const tinyMlp = { network: 'mlp', units: 8, epochs: 3, batchSize: 16, learningRate: 0.05, engine: 'eager' } as const;

export function contextFor(tasks: readonly Task[], seed = 0): LearnContext {
  return { seed, features: pixels(), known: (id) => tasks.find((task) => task.id === id) };
}

/** Learns these tasks one after another. */
export async function learnTasks(strategy: Strategy, tasks: readonly Task[], context = contextFor(tasks)): Promise<void> {
  for (const task of tasks) {
    const learning = strategy.learn(task, context);
    while (!(await learning.next()).done);
  }
}

/** The state after these tasks. */
export async function stateAfter(strategy: Strategy, tasks: readonly Task[]): Promise<Snapshot> {
  await learnTasks(strategy, tasks);
  const snapshot = await strategy.save();
  strategy.dispose();
  return snapshot;
}

/** Arrays of the networks and heads alone. */
export function weightsOf({ arrays }: Snapshot) {
  return Object.fromEntries(Object.entries(arrays).filter(([group]) => /^(experts|heads)\//.test(group)));
}

/** Scores on a task's test examples. */
export async function scores(strategy: Strategy, task: Task): Promise<Float32Array> {
  return (await strategy.predict(task, await task.test.read(allPositions(task.test.size)))).logits;
}

/** Events of learning a user's tasks, with the strategy disposed. */
export async function eventsOf(tasks: readonly UserTask[], strategy: Strategy): Promise<LearnEvent[]> {
  try {
    return await lastValueFrom(learn(tasks, strategy).pipe(toArray()));
  } finally {
    strategy.dispose();
  }
}

export const ofType = <T extends LearnEvent['type']>(events: readonly LearnEvent[], type: T) =>
  events.filter((event): event is Extract<LearnEvent, { type: T }> => event.type === type);
