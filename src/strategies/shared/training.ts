import { createFit, type Fit, type FitProgress } from '../../nn/fit.js';
import { headLayout } from '../../nn/head.js';
import { sharedStep } from '../../nn/shared-step.js';
import { allPositions } from '../../experts/training/batches.js';
import { fitSettings } from '../../experts/training/expert-training.js';
import { ownBatches } from './lesson-batches.js';
import type { Lesson, Plan } from './method.js';
import { accuracyOn } from '../../experts/training/validation.js';

/** One training of a lesson's task, as its plan says. */
export function planFit(lesson: Lesson, plan: Plan, resumed?: FitProgress): Fit {
  const { task, heads, rule, seed, settings, steps, signal } = lesson;
  const { network } = lesson.expert;
  const { start = lesson.initial, epochs = settings.epochs, batchSize = settings.batchSize, examples = task.train.size } = plan;
  const recipe = { ...settings, epochs };
  const patience = settings.schedule !== 'plateau' && settings.patience >= 0 ? settings.patience : Infinity;
  const key = `shared ${network.key} ${JSON.stringify({ heads, rule, held: plan.held })}`;
  const step = plan.step ?? { key, build: () => sharedStep(network, heads, rule, plan.held) };
  const full = Math.floor(examples / settings.batchSize);
  return createFit(
    {
      ...fitSettings({ task, network, recipe, rule, patience, seed, steps, signal }),
      initial: start,
      constants: plan.constants ?? {},
      step: (size) => steps.get(step.key, epochs * (size === batchSize ? full : 1), step.build),
      batches: plan.batches ?? ((epoch) => ownBatches(lesson, epoch)),
      validate:
        plan.validate ??
        ((weights, statistics) => {
          const headAt = weights.size - headLayout(network.featureSize, task.classes.length).size;
          const validation = allPositions(task.validation.size);
          return accuracyOn(task.validation, validation, task, network, steps, weights, statistics, Infinity, headAt);
        }),
    },
    resumed,
  );
}
