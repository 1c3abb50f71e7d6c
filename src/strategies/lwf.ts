import { lwfOptionsSchema, type LwfOptions } from './shared/baseline-options.js';
import { trainingBatches } from '../experts/training/batches.js';
import { fixedArchitecture } from './shared/fixed-architecture.js';
import { createTeacher, frozenExpert } from '../experts/frozen-expert.js';
import { composeBatch } from './shared/lesson-batches.js';
import type { Lesson, Plan } from './shared/method.js';
import { parseOptions } from './options.js';
import { sharedNetwork } from './shared/network.js';
import type { Strategy } from './strategy.js';

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
    plan: async (lesson) => (weight > 0 && lesson.earlier.length > 0 ? { held: { weight, temperature }, ...(await taught(lesson)) } : {}),
  });
}

/** The task's batches with the answers of the network as it was. */
async function taught(lesson: Lesson): Promise<Plan> {
  const { task, expert, earlier, seed, settings, steps } = lesson;
  const heads = earlier.map(({ ref, head }) => ({ classes: ref.classes.length, vector: head }));
  const teacher = await createTeacher(frozenExpert(expert.network, steps, expert.vectors, task), task, heads);
  return {
    async *batches(epoch) {
      for await (const { indices, examples } of trainingBatches(task, settings.batchSize, seed, epoch)) {
        const part = { head: heads.length, inputs: examples.inputs, labels: examples.labels };
        yield composeBatch(lesson, [part], { teacher: teacher(indices, examples.inputs) });
      }
    },
  };
}
