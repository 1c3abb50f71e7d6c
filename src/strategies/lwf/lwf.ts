import { createTeacher, frozenExpert } from '../../experts/frozen-expert.js';
import { trainingBatches } from '../../experts/training/batches.js';
import { tf, type Tensor } from '../../nn/backend.js';
import { distillationLoss } from '../../nn/distillation.js';
import type { StepTerm } from '../../nn/training-step.js';
import { parseOptions } from '../options.js';
import { fixedArchitecture } from '../shared/fixed-architecture.js';
import { composeBatch } from '../shared/training-batches.js';
import type { TrainingContext, Plan } from '../shared/method.js';
import { sharedNetwork } from '../shared/network.js';
import type { Strategy } from '../strategy.js';
import { lwfOptionsSchema, type LwfOptions } from './options.js';

/**
 * Learning without forgetting (Li & Hoiem, ECCV 2016, eq. 3): the old heads' logits on the new task's examples are kept by distillation at
 * temperature T, and the old heads train along. No old example is kept.
 *
 * @see docs/strategies.md for the options; those left out have the published values
 * @throws LifelongError `config` for an option that does not exist or cannot have that value
 * @example
 * const strategy = lwf({ temperature: 2 });
 */
export function lwf(options: Partial<LwfOptions> = {}): Strategy {
  const settings = parseOptions('lwf', lwfOptionsSchema, options);
  const { distillation: weight, temperature } = settings;
  return sharedNetwork('lwf', settings, fixedArchitecture(settings), {
    trainsOldHeads: weight > 0,
    plan: (training) => (weight > 0 && training.earlier.length > 0 ? taught(training, weight, temperature) : {}),
  });
}

/** The task's batches with the logits of the network as it was. */
async function taught(training: TrainingContext, weight: number, temperature: number): Promise<Plan> {
  const { task, expert, earlier, seed, settings, steps } = training;
  const heads = earlier.map(({ ref, head }) => ({ classes: ref.classes.length, vector: head }));
  const teacher = await createTeacher(frozenExpert(expert.network, steps, expert.vectors, task), task, heads);
  const classes = heads.map((head) => head.classes);
  return {
    terms: [oldLogitsTerm(classes, weight, temperature)],
    async *batches(epoch) {
      for await (const { indices, examples } of trainingBatches(task, settings.batchSize, seed, epoch)) {
        const part = { head: heads.length, inputs: examples.inputs, labels: examples.labels };
        yield composeBatch(training, [part], { teacher: teacher(indices, examples.inputs) });
      }
    },
  };
}

/** Adds `weight` times the distillation loss of each of the first heads, those of these numbers of classes; `teacher [n, sum of classes]` in. */
function oldLogitsTerm(classes: readonly number[], weight: number, temperature: number): StepTerm {
  return {
    key: `old logits ${JSON.stringify({ classes, weight, temperature })}`,
    losses: ({ logits }, { teacher }) =>
      tf.split(teacher as Tensor, [...classes], 1).map((old, j) => tf.mul(distillationLoss(logits[j] as Tensor, old, temperature), weight)),
  };
}
