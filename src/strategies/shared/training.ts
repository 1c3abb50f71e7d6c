import { expertFit } from '../../experts/training/expert-training.js';
import type { Fit, FitProgress } from '../../nn/fit.js';
import { ownBatches } from './lesson-batches.js';
import type { Lesson, Plan } from './method.js';

/** One training of a lesson's task, as its plan says. */
export function planFit(lesson: Lesson, { start, epochs, ...course }: Plan, resumed?: FitProgress): Fit {
  const { task, heads, rule, seed, settings, steps, signal } = lesson;
  const recipe = { ...settings, epochs: epochs ?? settings.epochs };
  const patience = settings.schedule !== 'plateau' && settings.patience >= 0 ? settings.patience : Infinity;
  return expertFit(
    { task, network: lesson.expert.network, recipe, rule, patience, seed, steps, signal },
    { batches: (epoch) => ownBatches(lesson, epoch), ...course, initial: start ?? lesson.initial, heads },
    resumed,
  );
}
