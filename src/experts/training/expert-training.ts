import type { InputValues } from '../../core/input.js';
import { random } from '../../core/random.js';
import type { Task, TaskRef } from '../../core/task.js';
import type { Tensor } from '../../nn/backend.js';
import { createFit, type Batch, type Fit, type FitProgress, type FitVectors } from '../../nn/fit.js';
import { headLayout } from '../../nn/head.js';
import { initialValues } from '../../nn/layout.js';
import type { Network } from '../../nn/network.js';
import type { UpdateRule } from '../../nn/optimizer.js';
import type { ScheduleOptions } from '../../nn/schedule.js';
import type { StepCache, StepDefinition } from '../../nn/step-cache.js';
import { trainingDefinition, type StepTerm } from '../../nn/training-step.js';
import type { ExpertVectors } from '../vectors.js';
import { allPositions, batchBounds, trainingBatches } from './batches.js';
import { cutBatches } from './cut-batches.js';
import { checkMembers, memberBatches } from './member-batches.js';
import type { TrainingRecipe } from './recipe.js';
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

/** How the network and its heads are trained on a task; what is not given is as for a network with the task's head alone. */
export interface Course {
  /** `[network | heads]` as training starts. */
  readonly initial: FitVectors;
  /** Whether the start is judged too, and stays where no epoch is better. */
  readonly startCounts?: boolean;
  /** Classes of the heads that train, in order; the task's own is the last. */
  readonly heads: readonly number[];
  /** What a method adds to the training step. */
  readonly terms?: readonly StepTerm[];
  /** Inputs of the step that stay the same. */
  readonly constants?: Readonly<Record<string, Float32Array>>;
  /** The batches of an epoch (0-based), and how many examples a full one has. */
  readonly batches?: (epoch: number) => AsyncIterable<Batch>;
  readonly batchSize?: number;
  /** Examples of an epoch. */
  readonly examples?: number;
  readonly validate?: (weights: Tensor, statistics: Tensor) => Promise<number | null>;
  /** A step in place of that of {@link trainingDefinition}. */
  readonly step?: StepDefinition;
}

/** Gradient, decay and momentum of a recipe; few-shot tasks are decayed ten times as strongly (PAR section 7). */
export function updateRule({ optimizer, momentum, weightDecay, clip }: TrainingRecipe, fewShot: boolean): UpdateRule {
  return { ...(optimizer === 'adamw' && { optimizer }), momentum, weightDecay: weightDecay * (fewShot ? 10 : 1), clip };
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

/** The training of a network with its heads on the training's task. */
export function expertFit(training: Training, course: Course, resumed?: FitProgress): Fit {
  const { task, network, recipe, rule, steps } = training;
  const { heads, terms = [], batchSize = recipe.batchSize, examples = task.train.size } = course;
  const step = course.step ?? trainingDefinition(network, heads, rule, terms);
  const full = Math.floor(examples / recipe.batchSize);
  const validation = allPositions(task.validation.size);
  const whole = course.batches ?? ((epoch: number) => taskBatches(training, epoch));
  const batches = network.padded ? (epoch: number) => cutBatches(whole(epoch)) : whole;
  const { members } = network;
  if (members !== undefined) checkMembers(members, batchBounds(examples, batchSize).length - 1, task.id);
  const drawn = (epoch: number) => random(training.seed, 'task', task.index, 'members', epoch);
  return createFit(
    {
      ...fitSettings(training),
      initial: course.initial,
      startCounts: course.startCounts ?? false,
      constants: course.constants ?? {},
      step: (size) => steps.get(step, recipe.epochs * (size === batchSize ? full : 1)),
      batches: members === undefined ? batches : (epoch) => memberBatches(batches(epoch), members, drawn(epoch)),
      validate:
        course.validate ??
        ((weights, statistics) => {
          const headAt = weights.size - headLayout(network.featureSize, task.classes.length).size;
          return accuracyOn(task.validation, validation, task, network, steps, weights, statistics, Infinity, headAt);
        }),
    },
    resumed,
  );
}

/**
 * The batches of an epoch (0-based) over the training's task.
 *
 * @param more further inputs of the step, for the examples at these positions and their inputs as they are trained on
 */
export async function* taskBatches(
  { task, recipe, seed }: Training,
  epoch: number,
  more?: (indices: Int32Array, inputs: InputValues) => Batch['more'],
): AsyncGenerator<Batch> {
  for await (const { indices, examples } of trainingBatches(task, recipe.batchSize, seed, epoch)) {
    const x = { shape: [indices.length, ...task.input.shape], data: examples.inputs };
    const added = more?.(indices, examples.inputs);
    yield { size: indices.length, x, y: examples.labels, ...(added && { more: added }) };
  }
}

/** A fit's best weights as body and head. */
export function splitBest(network: Network, { weights, statistics }: FitVectors): { expert: ExpertVectors; head: Float32Array } {
  const size = network.declaration.parameters.size;
  return { expert: { parameters: weights.slice(0, size), statistics }, head: weights.slice(size) };
}

/** What every fit of a training has in common. */
export function fitSettings({ task, recipe, rule, patience, signal }: Training) {
  const { epochs, learningRate: base, plateauFactor: factor } = recipe;
  const schedule: ScheduleOptions = {
    kind: recipe.schedule,
    base,
    min: recipe.schedule === 'plateau' ? recipe.minLearningRate : 0,
    epochs,
    factor,
    patience: Math.max(0, recipe.patience),
  };
  return { epochs, patience, schedule, rule, owner: `task ${task.id}`, signal };
}
