import { createTeacher, frozenExpert } from '../../experts/frozen-expert.js';
import { taskBatches, type Course, type Training } from '../../experts/training/expert-training.js';
import { concatenate } from '../../experts/training/rows.js';
import type { ExpertVectors, Head } from '../../experts/vectors.js';
import { tf, type Tensor } from '../../nn/backend.js';
import { distillationLoss } from '../../nn/distillation.js';
import { applyHead, headLayout } from '../../nn/head.js';
import type { StepTerm } from '../../nn/training-step.js';

/** How strongly earlier tasks' logits are held. */
export interface Holding {
  readonly temperature: number;
  /** Weight lambda of the old heads' losses. */
  readonly weight: number;
}

/**
 * What holds earlier tasks' logits while their expert is trained further (PAR section 4): the teacher is the expert as it was, with their heads, which
 * stay as they are, on the new task's examples.
 */
export async function heldHeads(
  training: Training,
  start: ExpertVectors,
  heads: readonly Head[],
  holding: Holding,
): Promise<Pick<Course, 'terms' | 'constants' | 'batches'>> {
  const { task, network, steps } = training;
  const teacher = await createTeacher(frozenExpert(network, steps, start, task), task, heads);
  return {
    terms: [
      heldTerm(
        network.featureSize,
        heads.map(({ classes }) => classes),
        holding,
      ),
    ],
    constants: { heads: concatenate(...heads.map(({ vector }) => vector)) },
    batches: (epoch) => taskBatches(training, epoch, (indices, inputs) => ({ teacher: teacher(indices, inputs) })),
  };
}

/** `heads` (the old heads' flat vectors, one behind the other) and `teacher [n, sum of classes]` in. */
function heldTerm(featureSize: number, classes: readonly number[], holding: Holding): StepTerm {
  const layouts = classes.map((count) => headLayout(featureSize, count));
  return {
    key: `held heads ${JSON.stringify({ classes, ...holding })}`,
    losses({ features }, { heads, teacher }) {
      const vectors = tf.split(
        heads as Tensor,
        layouts.map(({ size }) => size),
      );
      const teachers = tf.split(teacher as Tensor, [...classes], 1);
      const sum = layouts
        .map((layout, j) => distillationLoss(applyHead(layout, vectors[j] as Tensor, features), teachers[j] as Tensor, holding.temperature))
        .reduce((total, loss) => tf.add(total, loss));
      return [tf.mul(sum, holding.weight)];
    },
  };
}
