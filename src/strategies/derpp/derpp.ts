import { random } from '../../core/random.js';
import type { NamedArray } from '../../core/snapshot.js';
import { lengthOf } from '../../data/array-split.js';
import type { Groups } from '../../experts/memory.js';
import { normalize, trainingBatches } from '../../experts/training/batches.js';
import type { Batch, FitVectors } from '../../nn/fit.js';
import { parseOptions } from '../options.js';
import { fixedArchitecture } from '../shared/fixed-architecture.js';
import { composeBatch } from '../shared/lesson-batches.js';
import type { Lesson } from '../shared/method.js';
import { sharedNetwork } from '../shared/network.js';
import {
  drawRows,
  keepExamples,
  keptExamples,
  partsOf,
  selectExamples,
  type ReplayBuffer,
  type Selection,
} from '../shared/replay-buffer.js';
import { trainedAnswers } from '../shared/trained-answers.js';
import type { Strategy } from '../strategy.js';
import { answersTerm } from './answers-term.js';
import { derppOptionsSchema, type DerppOptions } from './options.js';

/**
 * Dark experience replay++ (Buzzega et al., "Dark Experience for General Continual Learning", NeurIPS 2020, eq. 6): to the loss of the new
 * examples come alpha times the mean squared difference between the answers to kept examples now and when they were kept, and beta times the
 * cross-entropy of other kept examples. Published code keeps answers while it trains; here they are those of the network that has learned the
 * task, and the memory is balanced over the classes seen.
 *
 * @param options published values where not given
 * @throws LifelongError `config` for an option that does not exist or cannot have that value
 */
export function derpp(options: Partial<DerppOptions> = {}): Strategy {
  const settings = parseOptions('derpp', derppOptionsSchema, options);
  const { batchSize, replayBatch = batchSize } = settings;
  return sharedNetwork('derpp', settings, fixedArchitecture(settings), {
    trainsOldHeads: true,
    plan(lesson) {
      const buffer = keptExamples(lesson.memory.kept);
      if (!buffer) return {};
      return {
        terms: [answersTerm],
        batchSize: batchSize + 2 * Math.min(replayBatch, buffer.labels.length),
        batches: (epoch) => darkBatches(lesson, buffer, { ...settings, replayBatch }, epoch),
      };
    },
    async keep(lesson, trained) {
      const selection = await selectExamples(lesson, settings.memory);
      return { ...keepExamples(selection.buffer), ...keepAnswers(lesson, trained, selection) };
    },
  });
}

const group = 'memory/answers';

/** The answers of all heads so far to each kept example; `known` says how many columns there were when it was kept. */
function keepAnswers(lesson: Lesson, trained: FitVectors, { buffer, stayed }: Selection): Groups {
  const rows = buffer.labels.length;
  const inputs = buffer.inputs.subarray(stayed.length * lengthOf(buffer.shape));
  const { classes: columns, logits } = trainedAnswers(lesson, trained, normalize(inputs, lesson.task.normalization));
  const old = lesson.memory.kept[group];
  const answers = new Float32Array(rows * columns);
  const known = new Int32Array(rows).fill(columns);
  stayed.forEach((row, i) => {
    known[i] = old?.['known']?.data[row] ?? 0;
    answers.set(answersAt(old, row), i * columns);
  });
  answers.set(logits, stayed.length * columns);
  return { [group]: { answers: { shape: [rows, columns], data: answers }, known: { shape: [rows], data: known } } };
}

function answersAt(kept: Groups[string] | undefined, row: number): Float32Array {
  const { shape, data } = kept?.['answers'] ?? { shape: [0, 0], data: new Float32Array(0) };
  const columns = shape[1] ?? 0;
  return (data as Float32Array).subarray(row * columns, (row + 1) * columns);
}

type Weights = Readonly<{ alpha: number; beta: number; replayBatch: number }>;

/** Batches of new examples, kept ones for their answers, and kept ones for their labels. */
async function* darkBatches(lesson: Lesson, buffer: ReplayBuffer, weights: Weights, epoch: number): AsyncGenerator<Batch> {
  const { task, settings, seed, heads } = lesson;
  const source = random(seed, 'task', task.index, 'replay', epoch);
  for await (const { examples } of trainingBatches(task, settings.batchSize, seed, epoch)) {
    const [forAnswers, forLabels] = [drawRows(buffer, weights.replayBatch, source), drawRows(buffer, weights.replayBatch, source)];
    const own = { head: heads.length - 1, inputs: examples.inputs, labels: examples.labels };
    const parts = [own, ...partsOf(buffer, forAnswers, lesson), ...partsOf(buffer, forLabels, lesson)];
    yield composeBatch(lesson, parts, darkTerms(lesson, own.labels.length, forAnswers, forLabels.length, weights));
  }
}

function darkTerms(
  { heads, memory }: Lesson,
  fresh: number,
  forAnswers: Int32Array,
  forLabels: number,
  { alpha, beta }: Weights,
): Record<string, NamedArray> {
  const columns = heads.reduce((sum, count) => sum + count, 0);
  const size = fresh + forAnswers.length + forLabels;
  const share = new Float32Array(size).fill(1 / fresh, 0, fresh).fill(beta / forLabels, fresh + forAnswers.length);
  const target = new Float32Array(size * columns);
  const errorWeight = new Float32Array(size * columns);
  const kept = memory.kept[group];
  forAnswers.forEach((row, i) => {
    const start = (fresh + i) * columns;
    const known = kept?.['known']?.data[row] ?? 0;
    target.set(answersAt(kept, row).subarray(0, known), start);
    errorWeight.fill(alpha / (known * forAnswers.length), start, start + known);
  });
  const table = (data: Float32Array): NamedArray => ({ shape: [size, columns], data });
  return { share: { shape: [size], data: share }, target: table(target), errorWeight: table(errorWeight) };
}
