import type { StrategyEvent } from '../../core/events.js';
import type { FeatureExtractor } from '../../core/features.js';
import type { FrozenBackbone } from '../../core/frozen-backbone.js';
import type { Snapshot } from '../../core/snapshot.js';
import type { Examples, Task } from '../../core/task.js';
import { allPositions } from '../../experts/training/batches.js';
import type { LearnContext, Strategy } from '../strategy.js';

/** What the rules of {@link checkStrategy} work with. */
export interface Subject {
  readonly create: () => Strategy;
  readonly tasks: readonly Task[];
  readonly features: FeatureExtractor;
  readonly backbone?: FrozenBackbone | undefined;
}

/** Does something with a fresh strategy, and disposes it. */
export async function withStrategy<T>({ create }: Pick<Subject, 'create'>, work: (strategy: Strategy) => Promise<T>): Promise<T> {
  const strategy = create();
  try {
    return await work(strategy);
  } finally {
    strategy.dispose();
  }
}

export function contextOf({ tasks, features, backbone }: Subject, seed: number): LearnContext {
  return { seed, features, ...(backbone && { backbone }), known: (id) => tasks.find((task) => task.id === id) };
}

/** Learns one task to its end. */
export function learnTask(subject: Subject, strategy: Strategy, task: Task, seed = 0): Promise<StrategyEvent[]> {
  return finish(strategy.learn(task, contextOf(subject, seed)));
}

export async function finish(learning: ReturnType<Strategy['learn']>): Promise<StrategyEvent[]> {
  const events: StrategyEvent[] = [];
  for await (const event of learning) events.push(event);
  return events;
}

/** The state of a fresh strategy after all tasks. */
export function learned(subject: Subject, seed: number): Promise<Snapshot> {
  return withStrategy(subject, async (strategy) => {
    for (const task of subject.tasks) await learnTask(subject, strategy, task, seed);
    return onDisk(await strategy.save());
  });
}

/** A snapshot that shares nothing with the strategy it comes from, as if it had been written and read. */
export const onDisk = (snapshot: Snapshot): Snapshot => structuredClone(snapshot);

/** What of a snapshot is stored: all but its revisions, which restoring may change. */
export const stored = ({ state, arrays }: Snapshot): Snapshot => ({ state, arrays });

export const testExamples = (task: Task): Promise<Examples> => task.test.read(allPositions(task.test.size));

export async function logitsOf(strategy: Strategy, task: Task): Promise<Float32Array> {
  return (await strategy.predict(task, await testExamples(task))).logits;
}

/** What a promise is rejected with; undefined when it is fulfilled. */
export const rejection = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );
