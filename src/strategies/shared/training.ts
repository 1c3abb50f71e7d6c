import { aboveCut } from '../../experts/training/above-cut.js';
import { besideConstants } from '../../experts/joint-edits.js';
import { controllerTerms } from '../../experts/shared-controller.js';
import { expertFit } from '../../experts/training/expert-training.js';
import { concatenate } from '../../experts/training/rows.js';
import type { Fit, FitProgress, FitVectors } from '../../nn/fit.js';
import { probedHead } from './probed-head.js';
import { ownBatches } from './training-batches.js';
import type { TrainingContext, Plan } from './method.js';

/** The same training of what lies above the network's cut, where its task's examples are all that it reads. */
export async function aboveFrozen(training: TrainingContext): Promise<TrainingContext> {
  const { task, expert } = training;
  const above = await aboveCut({ task, network: expert.network, steps: training.steps });
  return { ...training, task: above.task, expert: { ...expert, network: above.network } };
}

/** The start `[network | heads]` with the task's own head, the last, as it serves the network best. */
export async function withProbedHead({ task, expert, steps }: TrainingContext, start: FitVectors): Promise<FitVectors> {
  const { network } = expert;
  const parameters = start.weights.subarray(0, network.declaration.parameters.size);
  const head = await probedHead({ task, network, steps }, { parameters, statistics: start.statistics });
  return { ...start, weights: concatenate(start.weights.subarray(0, start.weights.length - head.length), head) };
}

/** One training of a task, as its plan says. */
export function planFit(training: TrainingContext, { start, epochs, ...course }: Plan, resumed?: FitProgress): Fit {
  const { task, heads, rule, seed, settings, steps, signal, expert, memory } = training;
  const constants = { ...course.constants, ...besideConstants(expert, memory.experts) };
  const terms = [...(course.terms ?? []), ...controllerTerms(expert, memory, start?.weights)];
  const recipe = { ...settings, epochs: epochs ?? settings.epochs };
  const patience = settings.schedule !== 'plateau' && settings.patience >= 0 ? settings.patience : Infinity;
  return expertFit(
    { task, network: expert.network, recipe, rule, patience, seed, steps, signal },
    { batches: (epoch) => ownBatches(training, epoch), ...course, terms, constants, initial: start ?? training.initial, heads },
    resumed,
  );
}
