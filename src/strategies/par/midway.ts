import type { Task } from '../../core/task.js';
import type { FitVectors } from '../../nn/fit.js';
import type { StepCache } from '../../nn/step-cache.js';
import { normalize } from '../training/batches.js';
import { splitBest } from '../training/expert-training.js';
import { frozenExpert } from '../training/frozen-expert.js';
import type { Midway } from '../strategy.js';
import type { Start } from './decisions/decision-kind.js';
import { taskNamed, type Memory } from './memory.js';

/** A training as it stands: the old tasks of an expert that is trained further answer through it as it is now, with the heads that they have. */
export function midwayOf(memory: Memory, { expert, phase }: Start, task: Task, trained: FitVectors, steps: StepCache): Midway {
  const { network } = expert;
  const { expert: vectors, head } = phase === 'head' ? { expert: expert.vectors, head: trained.weights } : splitBest(network, trained);
  return {
    tasks: [...(phase === 'distil' ? expert.tasks : []), task.id],
    predict: ({ id }, { inputs }) => {
      const { ref, head: vector } = id === task.id ? { ref: task, head } : taskNamed(memory, id);
      const classes = ref.classes.length;
      const frozen = frozenExpert(network, steps, vectors, ref);
      return Promise.resolve({ classes, logits: frozen.answers(normalize(inputs, ref.normalization), [{ classes, vector }]) });
    },
  };
}
