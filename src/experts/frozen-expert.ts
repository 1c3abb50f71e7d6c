import type { InputValues } from '../core/input.js';
import type { NamedArray } from '../core/snapshot.js';
import type { Split, Task, TaskRef } from '../core/task.js';
import { tf } from '../nn/backend.js';
import { inferenceBatch, inferFeatures, inferLogits } from '../nn/inference.js';
import type { Network } from '../nn/network.js';
import type { StepCache } from '../nn/step-cache.js';
import { blocks, normalize } from './training/batches.js';
import { concatenate, gather, sideBySide } from './training/rows.js';
import type { ExpertVectors, Head } from './vectors.js';

/** A network whose weights stay as they are: it takes batches of normalized inputs, whatever their number and order. */
export interface FrozenExpert {
  readonly network: Network;
  /** Features `[n, featureSize]` of normalized inputs. */
  features(inputs: InputValues): Float32Array;
  /** Features of a whole split. */
  featuresOf(split: Split): Promise<Float32Array>;
  /** Logits of these heads, side by side `[n, sum of classes]`. */
  logits(inputs: InputValues, heads: readonly Head[]): Float32Array;
}

/** @param uses how often one batch is planned to run: see {@link StepCache} */
export function frozenExpert(network: Network, steps: StepCache, vectors: ExpertVectors, task: TaskRef, uses = Infinity): FrozenExpert {
  const features = (inputs: InputValues): Float32Array => {
    const tensors = [tf.tensor1d(vectors.parameters), tf.tensor1d(vectors.statistics)] as const;
    try {
      return inferFeatures(network, steps, ...tensors, inputs, task.input.shape, uses);
    } finally {
      tf.dispose([...tensors]);
    }
  };
  return {
    network,
    features,
    async featuresOf(split) {
      const parts: Float32Array[] = [];
      for await (const { inputs } of blocks(split, 2 * inferenceBatch)) parts.push(features(normalize(inputs, task.normalization)));
      return concatenate(...parts);
    },
    logits(inputs, heads) {
      const rows = features(inputs);
      return sideBySide(heads.map(({ vector, classes }) => ({ width: classes, rows: inferLogits(network, rows, vector, classes) })));
    },
  };
}

/** Gives the logits of a frozen teacher for a training batch: computed once and looked up where the images stay the same from epoch to epoch. */
export async function createTeacher(expert: Pick<FrozenExpert, 'logits'>, task: Task, heads: readonly Head[]) {
  const width = heads.reduce((sum, { classes }) => sum + classes, 0);
  if (task.augment.length > 0) {
    return (indices: Int32Array, inputs: InputValues): NamedArray => ({
      shape: [indices.length, width],
      data: expert.logits(inputs, heads),
    });
  }
  const parts: Float32Array[] = [];
  for await (const { inputs } of blocks(task.train, 2 * inferenceBatch))
    parts.push(expert.logits(normalize(inputs, task.normalization), heads));
  const table = concatenate(...parts);
  return (indices: Int32Array): NamedArray => ({ shape: [indices.length, width], data: gather(table, width, indices) });
}
