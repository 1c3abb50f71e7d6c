import { expertFit } from '../../experts/training/expert-training.js';
import type { Fit, FitProgress } from '../../nn/fit.js';
import { ownBatches } from './training-batches.js';
import type { TrainingContext, Plan } from './method.js';

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
