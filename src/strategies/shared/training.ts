import { aboveCut } from '../../experts/training/above-cut.js';
import { expertFit } from '../../experts/training/expert-training.js';
import type { Fit, FitProgress } from '../../nn/fit.js';
import { ownBatches } from './training-batches.js';
import type { TrainingContext, Plan } from './method.js';

/** The same training of what lies above the network's cut, where its task's examples are all that it reads. */
export async function aboveFrozen(training: TrainingContext): Promise<TrainingContext> {
  const { task, expert } = training;
  const above = await aboveCut({ task, network: expert.network, steps: training.steps });
  return { ...training, task: above.task, expert: { ...expert, network: above.network } };
}

/** One training of a task, as its plan says. */
export function planFit(training: TrainingContext, { start, epochs, ...course }: Plan, resumed?: FitProgress): Fit {
  const { task, heads, rule, seed, settings, steps, signal } = training;
  const recipe = { ...settings, epochs: epochs ?? settings.epochs };
  const patience = settings.schedule !== 'plateau' && settings.patience >= 0 ? settings.patience : Infinity;
  return expertFit(
    { task, network: training.expert.network, recipe, rule, patience, seed, steps, signal },
    { batches: (epoch) => ownBatches(training, epoch), ...course, initial: start ?? training.initial, heads },
    resumed,
  );
}
