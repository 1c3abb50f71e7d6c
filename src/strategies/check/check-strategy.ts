import { LifelongError } from '../../core/errors.js';
import type { FeatureExtractor } from '../../core/features.js';
import type { FrozenBackbone } from '../../core/frozen-backbone.js';
import type { Snapshot } from '../../core/snapshot.js';
import type { Task } from '../../core/task.js';
import { pixels } from '../../features/pixels.js';
import { tf } from '../../nn/backend.js';
import { announcements, type Strategy } from '../strategy.js';
import {
  contextOf,
  finish,
  learned,
  learnTask,
  logitsOf,
  onDisk,
  stored,
  rejection,
  testExamples,
  withStrategy,
  type Subject,
} from './check-subject.js';
import { checkTasks } from './check-tasks.js';
import { difference } from './difference.js';

/** What a strategy is checked with. */
export interface CheckOptions {
  /** At least two small tasks, the first two of equal input shape. Default: three made-up tasks of two classes, 8 x 8 grey images. */
  readonly tasks?: readonly Task[];
  readonly features?: FeatureExtractor;
  /** What experts stand on, for a strategy that takes one; its tasks have no normalization then. */
  readonly backbone?: FrozenBackbone;
}

/** Events that tell of training done. */
const trained: ReadonlySet<string> = new Set(['epoch-ended', 'examples-added']);

/** A promise broken by the strategy, in one line. */
type Fault = string | undefined;

/** What every strategy has to keep, in the order in which it is checked. */
const rules: Readonly<Record<string, (subject: Subject) => Promise<Fault>>> = {
  'equal seeds give equal states, other seeds others unless it is seedless': seeded,
  'it predicts every task it has learned, by the id of the task, and names them for one that it has not': predictsSeenTasks,
  'a prediction key changes when predictions do': tellsChanges,
  'a group of arrays that changes gets another revision': revisesChanges,
  'a restored state is the state that was saved, and predicts the same': restoresExactly,
  'a state of another strategy is refused, and the own one stays': refusesForeignState,
  'stopped at every event (but for announcements) and gone on with, it ends as if it had never stopped': resumable,
  'an aborted signal stops learning and leaves the state of the last event': stopsWhenAborted,
  'it leaves no tensors behind': leakFree,
};

/**
 * Checks that a strategy keeps the contract that runs, checkpoints and reports rely on. It learns small tasks many times over; give it options
 * that make this quick, but two epochs or more.
 *
 * @param create a fresh strategy on every call, always with the same options
 * @throws LifelongError `usage` for the first rule that is broken: the rule, what was expected and what was found
 * @example
 * await checkStrategy(() => ewc({ network: 'mlp', units: 8, epochs: 2 }));
 */
export async function checkStrategy(create: () => Strategy, options: CheckOptions = {}): Promise<void> {
  const { tasks = checkTasks(3), features = pixels(), backbone } = options;
  if (tasks.length < 2) throw new LifelongError('usage', `checkStrategy: at least 2 tasks expected, found ${tasks.length}`);
  for (const [rule, check] of Object.entries(rules)) {
    const fault = await check({ create, tasks, features, backbone });
    if (fault === undefined) continue;
    const name = await withStrategy({ create }, ({ name: own }) => Promise.resolve(own));
    throw new LifelongError('usage', `strategy ${name}: ${rule}: ${fault}`);
  }
}

async function seeded(subject: Subject): Promise<Fault> {
  const [one, same, other] = [await learned(subject, 0), await learned(subject, 0), await learned(subject, 1)];
  const apart = difference(one, same);
  if (apart) return `two runs with seed 0 differ: ${apart}`;
  if (await withStrategy(subject, ({ seedless }) => Promise.resolve(seedless))) {
    const found = difference(one, other);
    return found && `it says that it is seedless, and seeds 0 and 1 differ: ${found}`;
  }
  // Where training begins at an optimum that stays the best, only what goes on in training tells seeds apart.
  const differ = difference(one.arrays, other.arrays) ?? difference(await inTraining(subject, 0), await inTraining(subject, 1));
  return differ ? undefined : 'seeds 0 and 1 give the same weights, in training too';
}

/** The arrays of a fresh strategy in the middle of its first task. */
function inTraining(subject: Subject, seed: number): Promise<Snapshot['arrays']> {
  return withStrategy(subject, async (strategy) => {
    const [first] = subject.tasks as [Task, ...Task[]];
    const learning = strategy.learn(first, contextOf(subject, seed));
    await untilTrained(learning);
    const { arrays } = onDisk(await strategy.save());
    await learning.return(undefined as never);
    return arrays;
  });
}

/** To the first event that tells of training done, or to the end. */
async function untilTrained(learning: ReturnType<Strategy['learn']>): Promise<void> {
  let step = await learning.next();
  while (!step.done && !trained.has(step.value.type)) step = await learning.next();
}

function predictsSeenTasks(subject: Subject): Promise<Fault> {
  return withStrategy(subject, async (strategy) => {
    const { tasks } = subject;
    for (const task of tasks) await learnTask(subject, strategy, task);
    for (const task of [...tasks].reverse()) {
      const examples = await testExamples(task);
      const { classes, logits } = await strategy.predict({ ...task, index: 99 }, examples);
      const numbers = task.test.size * task.classes.length;
      if (classes !== task.classes.length || logits.length !== numbers || !logits.every(Number.isFinite)) {
        return `task "${task.id}": ${numbers} finite scores of ${task.classes.length} classes expected, found ${logits.length} of ${classes}`;
      }
      const all = await strategy.predictAll?.(examples);
      const apart = all && difference(all[task.index]?.logits, logits);
      if (apart) return `task "${task.id}": predict and predictAll differ: ${apart}`;
    }
    const [first] = tasks as [Task, ...Task[]];
    const error = await rejection(strategy.predict({ ...first, id: 'never learned' }, await testExamples(first)));
    if (!(error instanceof LifelongError) || error.code !== 'usage') return `a LifelongError "usage" expected, found ${String(error)}`;
    const missing = tasks.find(({ id }) => !error.message.includes(id));
    return missing && `a message that names ${missing.id} expected, found "${error.message}"`;
  });
}

function tellsChanges(subject: Subject): Promise<Fault> {
  return withStrategy(subject, async (strategy) => {
    const before = new Map<string, { readonly key: string; readonly logits: Float32Array }>();
    for (const task of subject.tasks) {
      await learnTask(subject, strategy, task);
      for (const seen of subject.tasks.slice(0, task.index + 1)) {
        const now = { key: strategy.predictionKey(seen), logits: await logitsOf(strategy, seen) };
        const old = before.get(seen.id);
        if (old?.key === now.key && difference(old.logits, now.logits)) {
          return `task "${seen.id}" is predicted otherwise after task "${task.id}", and its key is "${now.key}" as before`;
        }
        before.set(seen.id, now);
      }
    }
    return undefined;
  });
}

/** Compared with copies, as a change in place is a change too. */
function revisesChanges(subject: Subject): Promise<Fault> {
  return withStrategy(subject, async (strategy) => {
    let before: Snapshot = { state: {}, arrays: {} };
    const changedSilently = async (): Promise<Fault> => {
      const now = onDisk(await strategy.save());
      const same = Object.keys(before.arrays).filter(
        (group) => now.revisions?.[group] !== undefined && now.revisions[group] === before.revisions?.[group],
      );
      const changed = same.find((group) => now.arrays[group] && difference(before.arrays[group], now.arrays[group]));
      before = now;
      return changed && `group "${changed}" has changed, and its revision is ${now.revisions?.[changed] ?? ''} as before`;
    };
    for (const task of subject.tasks) {
      const learning = strategy.learn(task, contextOf(subject, 0));
      let ended: boolean;
      do {
        ended = (await learning.next()).done === true;
        const fault = await changedSilently();
        if (fault) return `while learning task "${task.id}": ${fault}`;
      } while (!ended);
    }
    return undefined;
  });
}

function restoresExactly(subject: Subject): Promise<Fault> {
  return withStrategy(subject, async (strategy) => {
    for (const task of subject.tasks) await learnTask(subject, strategy, task);
    const saved = await strategy.save();
    return withStrategy(subject, async (restored) => {
      await restored.restore(onDisk(saved));
      const apart = difference(stored(await restored.save()), stored(saved));
      if (apart) return `saved again it differs: ${apart}`;
      const experts = difference(restored.experts(), strategy.experts());
      if (experts) return `experts differ: ${experts}`;
      for (const task of subject.tasks) {
        const scores = difference(await logitsOf(restored, task), await logitsOf(strategy, task));
        if (scores) return `predictions on task "${task.id}" differ: ${scores}`;
      }
      return undefined;
    });
  });
}

function refusesForeignState(subject: Subject): Promise<Fault> {
  return withStrategy(subject, async (strategy) => {
    const [first] = subject.tasks as [Task, ...Task[]];
    await learnTask(subject, strategy, first);
    const before = await logitsOf(strategy, first);
    const foreign: Snapshot = { state: { strategy: 'none that there is' }, arrays: { 'somebody/else': {} } };
    const error = await rejection(strategy.restore(foreign));
    if (!(error instanceof LifelongError)) return `a LifelongError expected, found ${String(error)}`;
    const apart = difference(await logitsOf(strategy, first), before);
    return apart && `predictions have changed: ${apart}`;
  });
}

async function resumable(subject: Subject): Promise<Fault> {
  return withStrategy(subject, async (strategy) => {
    let pieces: Snapshot | undefined;
    for (const task of subject.tasks) {
      const events = await learnTask(subject, strategy, task);
      let stops = 0;
      for (let piece = await oneEvent(subject, task, pieces); ; piece = await oneEvent(subject, task, pieces)) {
        pieces = piece.state;
        if (piece.ended) break;
        stops += 1;
        if (stops > events.length) return `task "${task.id}" has ${events.length} events and does not end after so many: it starts over`;
      }
    }
    const apart = difference(pieces && stored(pieces), stored(await strategy.save()));
    return apart && `the final states differ: ${apart}`;
  });
}

/** Goes on with a task from a saved state to the next event. */
function oneEvent(
  subject: Subject,
  task: Task,
  saved: Snapshot | undefined,
): Promise<{ readonly state: Snapshot; readonly ended: boolean }> {
  return withStrategy(subject, async (strategy) => {
    if (saved) await strategy.restore(saved);
    const learning = strategy.learn(task, contextOf(subject, 0));
    let step = await learning.next();
    while (!step.done && announcements.has(step.value.type)) step = await learning.next();
    const ended = step.done === true;
    const state = onDisk(await strategy.save());
    await learning.return(undefined as never);
    return { state, ended };
  });
}

function stopsWhenAborted(subject: Subject): Promise<Fault> {
  return withStrategy(subject, async (strategy) => {
    const [first] = subject.tasks as [Task, ...Task[]];
    const controller = new AbortController();
    const learning = strategy.learn(first, { ...contextOf(subject, 0), signal: controller.signal });
    await untilTrained(learning);
    const saved = onDisk(await strategy.save());
    controller.abort();
    const error = await rejection(finish(learning));
    if (!(error instanceof LifelongError && error.code === 'interrupted')) {
      return `a LifelongError "interrupted" expected, found ${error instanceof Error ? error.message : 'none'}`;
    }
    const apart = difference(await strategy.save(), saved);
    return apart && `the state is no longer that of the last event: ${apart}`;
  });
}

async function leakFree(subject: Subject): Promise<Fault> {
  const before = tf.memory().numTensors;
  await learned(subject, 0);
  await withStrategy(subject, async (strategy) => {
    const [first] = subject.tasks as [Task, ...Task[]];
    const learning = strategy.learn(first, contextOf(subject, 0));
    await learning.next();
    await learning.return(undefined as never);
  });
  const left = tf.memory().numTensors - before;
  return left === 0 ? undefined : `none expected after dispose, also of a task that was given up, found ${left}`;
}
