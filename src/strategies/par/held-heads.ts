import { createTeacher, frozenExpert, type FrozenExpert } from '../../experts/frozen-expert.js';
import { taskBatches, type Course, type Training } from '../../experts/training/expert-training.js';
import { concatenate, sideBySide } from '../../experts/training/rows.js';
import type { ExpertVectors, Head } from '../../experts/vectors.js';
import { tf, type Tensor } from '../../nn/backend.js';
import { distillationLoss } from '../../nn/distillation.js';
import { frozenTensors } from '../../nn/frozen-tensors.js';
import { applyHead, headLayout } from '../../nn/head.js';
import type { Network } from '../../nn/network.js';
import type { Pass, StepInputs, StepTerm } from '../../nn/training-step.js';
import { ownPlaces } from '../shared/own-weights.js';

/** How strongly earlier tasks' logits are held. */
export interface Holding {
  readonly temperature: number;
  /** Weight lambda of the old heads' losses. */
  readonly weight: number;
}

type Held = Pick<Course, 'terms' | 'constants' | 'batches'>;

/**
 * What holds earlier tasks' logits while their expert is trained further (PAR section 4): the teacher is the expert as it was, with their heads, which
 * stay as they are, on the new task's examples.
 */
export async function heldHeads(training: Training, start: ExpertVectors, heads: readonly Head[], holding: Holding): Promise<Held> {
  const { task, network, steps } = training;
  const teacher = frozenExpert(network, steps, start, task);
  return held(
    training,
    teacher,
    heads,
    {},
    heldTerm('held heads', network.featureSize, heads, holding, ({ features }) => features),
  );
}

/**
 * The same where each earlier task has batch norms of its own: teacher and expert are seen through them, so that shared kernels are held where the task
 * will use them.
 *
 * @param views the expert as each earlier task sees it, in the order of `heads`
 */
export async function headsHeldThroughNorms(
  training: Training,
  views: readonly ExpertVectors[],
  heads: readonly Head[],
  holding: Holding,
): Promise<Held> {
  const { task, network, steps } = training;
  const experts = views.map((view) => frozenExpert(network, steps, view, task));
  const teacher: Pick<FrozenExpert, 'logits'> = {
    logits: (inputs, of) =>
      sideBySide(of.map((head, j) => ({ width: head.classes, rows: (experts[j] as FrozenExpert).logits(inputs, [head]) }))),
  };
  const kernels = kernelsOf(network);
  const norms = {
    kernels,
    norms: concatenate(...views.map(({ parameters }) => parameters.map((weight, i) => (kernels[i] === 0 ? weight : 0)))),
    normStatistics: concatenate(...views.map(({ statistics }) => statistics)),
  };
  const term = heldTerm('heads held through norms', network.featureSize, heads, holding, ({ body }, inputs, j) =>
    throughNorms(network, body, inputs, j, heads.length),
  );
  return held(training, teacher, heads, norms, term);
}

async function held(
  training: Training,
  teacher: Pick<FrozenExpert, 'logits'>,
  heads: readonly Head[],
  more: Record<string, Float32Array>,
  term: StepTerm,
): Promise<Held> {
  const told = await createTeacher(teacher, training.task, heads);
  return {
    terms: [term],
    constants: { heads: concatenate(...heads.map(({ vector }) => vector)), ...more },
    batches: (epoch) => taskBatches(training, epoch, (indices, inputs) => ({ teacher: told(indices, inputs) })),
  };
}

/** `heads` (the old heads' flat vectors, one behind the other) and `teacher [n, sum of classes]` in. @param featuresOf what the j-th head is given */
function heldTerm(
  name: string,
  featureSize: number,
  heads: readonly Head[],
  holding: Holding,
  featuresOf: (pass: Pass, inputs: StepInputs, j: number) => Tensor,
): StepTerm {
  const classes = heads.map((head) => head.classes);
  const layouts = classes.map((count) => headLayout(featureSize, count));
  return {
    key: `${name} ${JSON.stringify({ classes, ...holding })}`,
    losses(pass, inputs) {
      const { heads: old, teacher } = inputs;
      const vectors = tf.split(
        old as Tensor,
        layouts.map(({ size }) => size),
      );
      const teachers = tf.split(teacher as Tensor, [...classes], 1);
      const sum = layouts
        .map((layout, j) =>
          distillationLoss(
            applyHead(layout, vectors[j] as Tensor, featuresOf(pass, inputs, j)),
            teachers[j] as Tensor,
            holding.temperature,
          ),
        )
        .reduce((total, loss) => tf.add(total, loss));
      return [tf.mul(sum, holding.weight)];
    },
  };
}

/** Features of the batch through the kernels in training and the norms of the j-th of `count` tasks; only the kernels have a gradient. */
function throughNorms(network: Network, body: Tensor, inputs: StepInputs, j: number, count: number): Tensor {
  const { kernels, norms, normStatistics, x } = inputs as Record<'kernels' | 'norms' | 'normStatistics' | 'x', Tensor>;
  const own = tf.split(norms, count)[j] as Tensor;
  const statistics = tf.split(normStatistics, count)[j] as Tensor;
  const seen = tf.add(tf.mul(body, kernels), own);
  return network.infer(seen, statistics, frozenTensors(network.frozen, inputs), x);
}

/** 1 for each weight that tasks share, 0 for what each has of its own. */
function kernelsOf({ declaration: { parameters } }: Network): Float32Array {
  const kernels = new Float32Array(parameters.size).fill(1);
  for (const { start, end } of ownPlaces(parameters)) kernels.fill(0, start, end);
  return kernels;
}
