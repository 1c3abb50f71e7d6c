import { random } from '../../core/random.js';
import { expertOf, type Groups, type LearnedTask, type Memory } from '../../experts/memory.js';
import { batchBounds } from '../../experts/training/batches.js';
import { concatenate } from '../../experts/training/rows.js';
import type { ExpertVectors } from '../../experts/vectors.js';
import type { Batch } from '../../nn/fit.js';
import { initialValues } from '../../nn/layout.js';
import { parseOptions } from '../options.js';
import { ownBatches } from '../shared/training-batches.js';
import { vector, type TrainingContext } from '../shared/method.js';
import { sharedNetwork } from '../shared/network.js';
import type { Strategy } from '../strategy.js';
import { attendedPerceptron } from './attended-perceptron.js';
import { attentionDefinition } from './attention-step.js';
import { hatOptionsSchema, type HatOptions } from './options.js';

/**
 * Hard attention to the task (Serra et al., "Overcoming Catastrophic Forgetting with Hard Attention to the Task", ICML 2018). Every task learns,
 * with its weights, which units of a perceptron it uses; weights between units that an earlier task has claimed stay as they are. After
 * training the attention is made exactly 0 or 1, so a task's logits never change.
 *
 * It always works on a perceptron with two hidden layers: the method says what attention is for units that follow one another, not for the cells
 * of an expert, whose sums join the channels of many layers.
 *
 * @see docs/strategies.md for the options; those left out have the published values
 * @throws LifelongError `config` for an option that does not exist or cannot have that value
 * @example
 * const strategy = hat({ sparsity: 0.75 });
 */
export function hat(options: Partial<HatOptions> = {}): Strategy {
  const settings = parseOptions('hat', hatOptionsSchema, options);
  const units = [settings.units, settings.units];
  return sharedNetwork('hat', settings, () => ({ kind: 'attended-perceptron', units }), {
    kinds: [attendedPerceptron],
    plan(training) {
      const { expert, task, rule } = training;
      const { sparsity, sharpness } = settings;
      const attention = { ...rule, sparsity, sharpness };
      const used = claimedUnits(training.memory.kept, units);
      const classes = task.classes.length;
      return {
        start: {
          ...training.initial,
          weights: concatenate(firstAttention(training, units), training.initial.weights.subarray(used.length)),
        },
        constants: { used, trainable: trainableWeights(training, used) },
        batches: (epoch) => sharpenedBatches(training, sharpness, epoch),
        step: attentionDefinition(expert.network, { inputShape: task.input.shape, units }, classes, attention),
      };
    },
    keep: ({ task }, { weights }) => ({
      [ownGroup(task.index)]: {
        attention: vector(
          weights.slice(
            0,
            units.reduce((sum, width) => sum + width, 0),
          ),
        ),
      },
    }),
    isolated: true,
    view: viewOf,
  });
}

const ownGroup = (index: number) => `own/${index}`;

/** A new task's embeddings; the network's first parameters. */
function firstAttention({ expert, seed, task }: TrainingContext, units: readonly number[]): Float32Array {
  const size = units.reduce((sum, width) => sum + width, 0);
  return initialValues(expert.network.declaration.parameters, random(seed, 'task', task.index, 'expert')).slice(0, size);
}

/** 1 for each unit that some task has claimed. */
function claimedUnits(kept: Groups, units: readonly number[]): Float32Array {
  const claimed = new Float32Array(units.reduce((sum, width) => sum + width, 0));
  for (const { attention } of Object.values(kept)) {
    attention?.data.forEach((embedding, i) => {
      if (embedding > 0) claimed[i] = 1;
    });
  }
  return claimed;
}

/** 0 for each weight whose two units are both claimed (inputs always are), and for the bias of a claimed unit; 1 for all others. */
function trainableWeights({ expert, initial }: TrainingContext, claimed: Float32Array): Float32Array {
  const trainable = new Float32Array(initial.weights.length).fill(1);
  let [offset, layer, before] = [0, 0, 0];
  for (const { name, shape } of expert.network.declaration.parameters.weights) {
    const [rows = 1, width = rows] = shape;
    if (name.endsWith('.weight')) {
      const sources = claimed.subarray(before - (layer > 0 ? rows : 0), before);
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < width; j++)
          trainable[offset + i * width + j] = 1 - Math.min(layer === 0 ? 1 : (sources[i] ?? 0), claimed[before + j] ?? 0);
      }
    } else if (name.endsWith('.bias')) {
      for (let j = 0; j < rows; j++) trainable[offset + j] = 1 - (claimed[before + j] ?? 0);
      before += rows;
      layer += 1;
    }
    offset += rows * (shape.length === 1 ? 1 : width);
  }
  return trainable;
}

/** The task's batches; attention grows sharper from one to the next, from almost flat to `sharpest` at the end of the epoch. */
async function* sharpenedBatches(training: TrainingContext, sharpest: number, epoch: number): AsyncGenerator<Batch> {
  const last = Math.max(1, batchBounds(training.task.train.size, training.settings.batchSize).length - 2);
  let number = 0;
  for await (const batch of ownBatches(training, epoch)) {
    const sharpness = 1 / sharpest + (sharpest - 1 / sharpest) * (number / last);
    number += 1;
    yield { ...batch, more: { ...batch.more, sharpness: { shape: [], data: Float32Array.of(sharpness) } } };
  }
}

/** The network with the task's own attention. */
function viewOf(memory: Memory, task: LearnedTask): ExpertVectors {
  const { parameters, statistics } = expertOf(memory, task).vectors;
  const attention = memory.kept[ownGroup(task.ref.index)]?.['attention']?.data as Float32Array;
  return { parameters: concatenate(attention, parameters.subarray(attention.length)), statistics };
}
