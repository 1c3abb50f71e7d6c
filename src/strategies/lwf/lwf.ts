import { createTeacher, frozenExpert } from '../../experts/frozen-expert.js';
import { trainingBatches } from '../../experts/training/batches.js';
import { tf, type Tensor } from '../../nn/backend.js';
import { distillationLoss } from '../../nn/distillation.js';
import type { StepTerm } from '../../nn/training-step.js';
import { parseOptions } from '../options.js';
import { fixedArchitecture } from '../shared/fixed-architecture.js';
import { composeBatch } from '../shared/lesson-batches.js';
import type { Lesson, Plan } from '../shared/method.js';
import { sharedNetwork } from '../shared/network.js';
import type { Strategy } from '../strategy.js';
import { lwfOptionsSchema, type LwfOptions } from './options.js';

/**
 * Learning without forgetting (Li & Hoiem, ECCV 2016, eq. 3): the old heads' answers on the new task's examples are kept by distillation at
 * temperature T, and the old heads train along. No old example is kept.
 *
 * @param options published values where not given
 * @throws LifelongError `config` for an option that does not exist or cannot have that value
 */
export function lwf(options: Partial<LwfOptions> = {}): Strategy {
  const settings = parseOptions('lwf', lwfOptionsSchema, options);
  const { distillation: weight, temperature } = settings;
  return sharedNetwork('lwf', settings, fixedArchitecture(settings), {
    trainsOldHeads: weight > 0,
    plan: (lesson) => (weight > 0 && lesson.earlier.length > 0 ? taught(lesson, weight, temperature) : {}),
  });
}

/** The task's batches with the answers of the network as it was. */
async function taught(lesson: Lesson, weight: number, temperature: number): Promise<Plan> {
  const { task, expert, earlier, seed, settings, steps } = lesson;
  const heads = earlier.map(({ ref, head }) => ({ classes: ref.classes.length, vector: head }));
  const teacher = await createTeacher(frozenExpert(expert.network, steps, expert.vectors, task), task, heads);
  const classes = heads.map((head) => head.classes);
  return {
    terms: [oldAnswersTerm(classes, weight, temperature)],
    async *batches(epoch) {
      for await (const { indices, examples } of trainingBatches(task, settings.batchSize, seed, epoch)) {
        const part = { head: heads.length, inputs: examples.inputs, labels: examples.labels };
        yield composeBatch(lesson, [part], { teacher: teacher(indices, examples.inputs) });
      }
    },
  };
}

/** Adds `weight` times the distillation loss of each of the first heads, those of these numbers of classes; `teacher [n, sum of classes]` in. */
function oldAnswersTerm(classes: readonly number[], weight: number, temperature: number): StepTerm {
  return {
    key: `old answers ${JSON.stringify({ classes, weight, temperature })}`,
    losses: ({ scores }, { teacher }) =>
      tf
        .split(teacher as Tensor, [...classes], 1)
        .map((answer, j) => tf.mul(distillationLoss(scores[j] as Tensor, answer, temperature), weight)),
  };
}
