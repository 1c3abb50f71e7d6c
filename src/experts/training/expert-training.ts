import { random } from '../../core/random.js';
import type { Task, TaskRef } from '../../core/task.js';
import { createFit, type Batch, type Fit, type FitProgress, type FitVectors } from '../../nn/fit.js';
import { headLayout } from '../../nn/head.js';
import { initialValues } from '../../nn/layout.js';
import type { Network } from '../../nn/network.js';
import type { UpdateRule } from '../../nn/optimizer.js';
import type { ScheduleOptions } from '../../nn/schedule.js';
import type { StepCache } from '../../nn/step-cache.js';
import { trainingStep, type Distillation } from '../../nn/steps.js';
import { allPositions, trainingBatches } from './batches.js';
import { createTeacher, frozenExpert } from '../frozen-expert.js';
import type { ExpertVectors, Head } from '../vectors.js';
import type { TrainingRecipe } from './recipe.js';
import { concatenate } from './rows.js';
import { accuracyOn } from './validation.js';

/** What all ways of training for a task share. */
export interface Training {
  readonly task: Task;
  readonly network: Network;
  readonly recipe: TrainingRecipe;
  readonly rule: UpdateRule;
  /** Epochs without a better validation accuracy after which training stops; Infinity never. */
  readonly patience: number;
  readonly seed: number;
  readonly steps: StepCache;
  readonly signal?: AbortSignal | undefined;
}

/** Old heads whose answers a training keeps. */
export interface HeldAnswers {
  readonly heads: readonly Head[];
  readonly temperature: number;
  /** Weight lambda of their losses. */
  readonly weight: number;
}

/** Gradient, decay and momentum of a recipe; few-shot tasks are decayed ten times as strongly (PAR section 7). */
export function updateRule(recipe: TrainingRecipe, fewShot: boolean): UpdateRule {
  return { momentum: recipe.momentum, weightDecay: recipe.weightDecay * (fewShot ? 10 : 1), clip: recipe.clip };
}

/** A new head's starting vector. */
export function initialHead(network: Network, task: TaskRef, seed: number): Float32Array {
  return initialValues(headLayout(network.featureSize, task.classes.length), random(seed, 'task', task.index, 'head'));
}

/** A new expert's starting vectors. */
export function initialExpert(network: Network, task: TaskRef, seed: number): ExpertVectors {
  const { parameters, statistics } = network.declaration;
  return {
    parameters: initialValues(parameters, random(seed, 'task', task.index, 'expert')),
    statistics: initialValues(statistics, random(seed, 'task', task.index, 'statistics')),
  };
}

/** Trains an expert with the task's head, from `start` and `head`; with `held`, earlier tasks' answers are held by distillation. */
export async function expertFit(
  training: Training,
  start: ExpertVectors,
  head: Float32Array,
  held: HeldAnswers | null,
  resumed?: FitProgress,
): Promise<Fit> {
  const { task, network, recipe, rule, seed, steps } = training;
  const classes = task.classes.length;
  const teacher = held ? await createTeacher(frozenExpert(network, steps, start, task), task, held.heads) : undefined;
  const distillation: Distillation | undefined = held
    ? { classes: held.heads.map((old) => old.classes), temperature: held.temperature, weight: held.weight }
    : undefined;
  const key = `train ${network.key} ${JSON.stringify({ classes, rule, distillation })}`;
  const validation = allPositions(task.validation.size);
  return createFit(
    {
      ...fitSettings(training),
      initial: { weights: concatenate(start.parameters, head), statistics: start.statistics },
      constants: held ? { heads: concatenate(...held.heads.map(({ vector }) => vector)) } : {},
      step: (size) => steps.get(key, plannedUses(task.train.size, size, recipe), () => trainingStep(network, classes, rule, distillation)),
      async *batches(epoch) {
        for await (const { indices, examples } of trainingBatches(task, recipe.batchSize, seed, epoch)) {
          const x = { shape: [indices.length, ...task.inputShape], data: examples.inputs };
          const batch: Batch = { size: indices.length, x, y: examples.labels };
          yield teacher ? { ...batch, more: { teacher: teacher(indices, examples.inputs) } } : batch;
        }
      },
      validate: (weights, statistics) => accuracyOn(task.validation, validation, task, network, steps, weights, statistics, Infinity),
    },
    resumed,
  );
}

/** A fit's best weights as body and head. */
export function splitBest(network: Network, { weights, statistics }: FitVectors): { expert: ExpertVectors; head: Float32Array } {
  const size = network.declaration.parameters.size;
  return { expert: { parameters: weights.slice(0, size), statistics }, head: weights.slice(size) };
}

/** What every fit of a training has in common. */
export function fitSettings({ task, recipe, patience, signal }: Training) {
  const { epochs, learningRate: base, plateauFactor: factor } = recipe;
  const schedule: ScheduleOptions = {
    kind: recipe.schedule,
    base,
    min: recipe.schedule === 'plateau' ? recipe.minLearningRate : 0,
    epochs,
    factor,
    patience: Math.max(0, recipe.patience),
  };
  return { epochs, patience, schedule, owner: `task ${task.id}`, signal };
}

/** How often a step of this batch size runs: full batches many times an epoch, the odd last one once. */
export function plannedUses(examples: number, batch: number, { batchSize, epochs }: TrainingRecipe): number {
  return epochs * (batch === batchSize ? Math.floor(examples / batchSize) : 1);
}
