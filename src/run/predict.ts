import { LifelongError } from '../core/errors.js';
import type { InputValues } from '../core/input.js';
import type { RunRecord } from '../core/run-record.js';
import { taskOf } from '../core/task-ids.js';
import type { ClassName, Examples } from '../core/task.js';
import { lengthOf } from '../data/array-split.js';
import { unlabelledInputs, type UserInputs } from '../data/user-inputs.js';
import { block } from '../learner/evaluate.js';
import type { AllClasses, Predictions, Strategy } from '../strategies/strategy.js';

/** What a model says of one example. */
export interface Prediction {
  readonly class: ClassName;
  /** Of the predicted class, by softmax over the task's classes, or over all where no task was told. */
  readonly probability: number;
  /** Of all these classes, in their order. */
  readonly probabilities: readonly number[];
}

/** What a model says of examples whose task is not known. */
export interface Classification {
  /** Of all tasks, each once: what probabilities are of. */
  readonly classes: readonly ClassName[];
  readonly predictions: readonly Prediction[];
}

/**
 * Classifies raw inputs by a learned task's head.
 *
 * @param inputs rows, or one flat array `[n, ...task.input.shape]`
 * @param strategy the run's, restored when it is first needed
 * @throws LifelongError `usage` for an unknown task, `data` for inputs of another shape
 */
export async function predict(
  inputs: UserInputs,
  id: string,
  path: string,
  record: RunRecord,
  strategy: () => Promise<Strategy>,
): Promise<Prediction[]> {
  const ref = taskOf(record.tasks, id);
  if (!ref) {
    throw new LifelongError(
      'usage',
      `task "${id}" is not in ${path}: one of ${record.tasks.map((task) => task.id).join(', ') || '(none)'} expected`,
    );
  }
  const values = unlabelledInputs(inputs, ref.input, `task ${id}`, ref.scale);
  const restored = await strategy();
  const answer = async (examples: Examples) => ({ names: ref.classes, predictions: await restored.predict(ref, examples) });
  return [...(await answersTo(values, ref.input.shape, answer)).predictions];
}

/**
 * Classifies raw inputs, whose task is not known, among the classes of all tasks.
 *
 * @param inputs rows, or one flat array of inputs that are shaped as the first task's
 * @throws LifelongError `usage` for a strategy that needs the task, `data` for inputs of another shape
 */
export async function classify(inputs: UserInputs, path: string, { tasks }: RunRecord, strategy: Strategy): Promise<Classification> {
  const [first] = tasks;
  if (!strategy.predictClasses || !first) {
    throw new LifelongError(
      'usage',
      `${path}: ${first ? `a strategy that answers among all classes expected, found ${strategy.name}` : 'a learned task expected, found none'}`,
      first ? 'say which task it is: predict --task ID' : 'resume the run first',
    );
  }
  const values = unlabelledInputs(inputs, first.input, path, first.scale);
  return answersTo(values, first.input.shape, strategy.predictClasses.bind(strategy));
}

/** Answers block by block, so that any number of inputs fits into memory. */
async function answersTo(
  values: InputValues,
  shape: readonly number[],
  answer: (examples: Examples) => Promise<AllClasses>,
): Promise<Classification> {
  const length = lengthOf(shape);
  const found: Prediction[] = [];
  let classes: readonly ClassName[] = [];
  for (let start = 0; start < values.length; start += block * length) {
    const part = values.subarray(start, start + block * length);
    const { names, predictions } = await answer({ inputs: part, shape, labels: new Int32Array(part.length / length) });
    found.push(...describeAll(predictions, names));
    classes = names;
  }
  return { classes, predictions: found };
}

function describeAll({ logits, classes, temperature = 1 }: Predictions, names: readonly ClassName[]): Prediction[] {
  return Array.from({ length: logits.length / classes }, (_, i) =>
    describe(
      logits.subarray(i * classes, (i + 1) * classes).map((logit) => logit / temperature),
      names,
    ),
  );
}

function describe(logits: Float32Array, classes: readonly ClassName[]): Prediction {
  const largest = logits.reduce((max, value) => Math.max(max, value), -Infinity);
  const powers = Array.from(logits, (value) => Math.exp(value - largest));
  const total = powers.reduce((sum, value) => sum + value, 0);
  const best = logits.indexOf(largest);
  const probabilities = powers.map((value) => value / total);
  return { class: classes[best] ?? best, probability: probabilities[best] ?? 0, probabilities };
}
