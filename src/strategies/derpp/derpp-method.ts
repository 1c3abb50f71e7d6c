import { random } from '../../core/random.js';
import type { NamedArray } from '../../core/snapshot.js';
import { lengthOf } from '../../data/array-split.js';
import type { Groups } from '../../experts/memory.js';
import { normalize, trainingBatches } from '../../experts/training/batches.js';
import type { Batch, FitVectors } from '../../nn/fit.js';
import { composeBatch } from '../shared/training-batches.js';
import type { Method, TrainingContext } from '../shared/method.js';
import {
  drawRows,
  keepExamples,
  keptExamples,
  partsOf,
  selectExamples,
  type ReplayBuffer,
  type Selection,
} from '../shared/replay-buffer.js';
import { trainedLogits } from '../shared/trained-logits.js';
import { logitsTerm } from './logits-term.js';
import type { DerppOptions } from './options.js';

/** What dark experience replay++ has beside plain finetuning, whatever network it trains. */
export function derppMethod(settings: DerppOptions): Method {
  const { batchSize, replayBatch = batchSize } = settings;
  return {
    trainsOldHeads: true,
    mixesTasks: true,
    plan(training) {
      const buffer = keptExamples(training.memory.kept);
      if (!buffer) return {};
      return {
        terms: [logitsTerm],
        batchSize: batchSize + 2 * Math.min(replayBatch, buffer.labels.length),
        batches: (epoch) => darkBatches(training, buffer, { ...settings, replayBatch }, epoch),
      };
    },
    async keep(training, trained) {
      const selection = await selectExamples(training, settings.memory);
      return { ...keepExamples(selection.buffer), ...keepLogits(training, trained, selection) };
    },
  };
}

/** Logits that were kept, under the name that run folders have had for them from the first. */
const group = 'memory/answers';

/** The logits of all heads so far for each kept example; `known` says how many columns there were when it was kept. */
function keepLogits(training: TrainingContext, trained: FitVectors, { buffer, stayed }: Selection): Groups {
  const rows = buffer.labels.length;
  const inputs = buffer.inputs.subarray(stayed.length * lengthOf(buffer.shape));
  const { classes: columns, logits } = trainedLogits(training, trained, normalize(inputs, training.task.normalization));
  const old = training.memory.kept[group];
  const all = new Float32Array(rows * columns);
  const known = new Int32Array(rows).fill(columns);
  stayed.forEach((row, i) => {
    known[i] = old?.['known']?.data[row] ?? 0;
    all.set(logitsAt(old, row), i * columns);
  });
  all.set(logits, stayed.length * columns);
  return { [group]: { answers: { shape: [rows, columns], data: all }, known: { shape: [rows], data: known } } };
}

function logitsAt(kept: Groups[string] | undefined, row: number): Float32Array {
  const { shape, data } = kept?.['answers'] ?? { shape: [0, 0], data: new Float32Array(0) };
  const columns = shape[1] ?? 0;
  return (data as Float32Array).subarray(row * columns, (row + 1) * columns);
}

type Weights = Readonly<{ alpha: number; beta: number; replayBatch: number }>;

/** Batches of new examples, kept ones for their logits, and kept ones for their labels. */
async function* darkBatches(training: TrainingContext, buffer: ReplayBuffer, weights: Weights, epoch: number): AsyncGenerator<Batch> {
  const { task, settings, seed, heads } = training;
  const source = random(seed, 'task', task.index, 'replay', epoch);
  for await (const { examples } of trainingBatches(task, settings.batchSize, seed, epoch)) {
    const [forLogits, forLabels] = [drawRows(buffer, weights.replayBatch, source), drawRows(buffer, weights.replayBatch, source)];
    const own = { head: heads.length - 1, inputs: examples.inputs, labels: examples.labels };
    const parts = [own, ...partsOf(buffer, forLogits, training), ...partsOf(buffer, forLabels, training)];
    yield composeBatch(training, parts, darkTerms(training, own.labels.length, forLogits, forLabels.length, weights));
  }
}

function darkTerms(
  { heads, memory }: TrainingContext,
  fresh: number,
  forLogits: Int32Array,
  forLabels: number,
  { alpha, beta }: Weights,
): Record<string, NamedArray> {
  const columns = heads.reduce((sum, count) => sum + count, 0);
  const size = fresh + forLogits.length + forLabels;
  const share = new Float32Array(size).fill(1 / fresh, 0, fresh).fill(beta / forLabels, fresh + forLogits.length);
  const target = new Float32Array(size * columns);
  const errorWeight = new Float32Array(size * columns);
  const kept = memory.kept[group];
  forLogits.forEach((row, i) => {
    const start = (fresh + i) * columns;
    const known = kept?.['known']?.data[row] ?? 0;
    target.set(logitsAt(kept, row).subarray(0, known), start);
    errorWeight.fill(alpha / (known * forLogits.length), start, start + known);
  });
  const table = (data: Float32Array): NamedArray => ({ shape: [size, columns], data });
  return { share: { shape: [size], data: share }, target: table(target), errorWeight: table(errorWeight) };
}
