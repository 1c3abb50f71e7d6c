import { z } from 'zod';
import { attachedModules } from '../../experts/attached-modules.js';
import { controllerPolicies } from '../../experts/controller-policies.js';
import { readouts } from '../../experts/modules/module.js';
import { optimizer, recipeShape } from '../../experts/training/recipe.js';
import type { Optimizer } from '../../nn/optimizer-names.js';

const taskShape = {
  ...recipeShape,
  epochs: recipeShape.epochs.describe('epochs to train on a task'),
  weightDecay: recipeShape.weightDecay.describe('weight decay'),
};
export const trainingShape = z.object(taskShape).omit({ channels: true, cells: true }).shape;
export const units = z.int().positive().default(400).describe('units of each of the two hidden layers of an mlp');

/** Of networks on a backbone. */
export const readout = z
  .enum(readouts)
  .default('every')
  .describe('with a backbone: what heads read, pooled: its last stage, or every stage');

/** Options of adapters. */
export const adapterShape = {
  bottleneck: z.int().positive().default(16).describe('m: units between the two maps of an adapter'),
  depthSharing: z
    .enum(['per-layer', 'shared'])
    .default('per-layer')
    .describe('adapters of each layer of their own, or the same two in all layers'),
};

/** Options of edits. */
export const editShape = {
  rank: z.int().positive().default(4).describe('r: dimensions of the subspace that an edit changes at each stage'),
  orthogonality: z
    .enum(['joint', 'per-edit'])
    .default('joint')
    .describe("subspaces of edits orthogonal to those of all other experts' edits, or, as published, each orthonormal in itself"),
  init: z
    .enum(['identity', 'published'])
    .default('identity')
    .describe('edits begin as what changes nothing, or, as published, with maps at random'),
};

/** Options of recurrent adapters. */
export const recurrentShape = {
  stateSize: z.int().positive().default(64).describe('m: numbers of the state of a recurrent controller'),
  recurrence: z
    .enum(['indrnn', 'none'])
    .default('indrnn')
    .describe('what a controller knows of the layers below: its state there, or nothing (u = 0)'),
  adapterHead: z
    .enum(['linear', 'feed-forward'])
    .default('linear')
    .describe("what a task makes of the controller's state: a linear map, or one with a hidden layer"),
  headUnits: z.int().positive().default(16).describe('p: units of the hidden layer of a feed-forward adapterHead'),
  controller: z
    .enum(controllerPolicies)
    .default('freeze-after-first')
    .describe(
      'when the controller that all experts share stops to learn: after the first task that teaches it, after `warmup` such tasks, never, or before it begins (random); as long as it learns, earlier answers change',
    ),
  warmup: z.int().positive().default(2).describe('k: tasks that teach a controller of freeze-after-warmup'),
};

/** Options of every method that trains the experts' network. */
export const networkShape = {
  ...taskShape,
  optimizer,
  network: z
    .enum(['cells', 'mlp', ...attachedModules])
    .default('cells')
    .describe(
      'cells: the expert network with one fixed genotype; mlp: two hidden layers without batch norm, channels and cells say nothing; patch: scales and shifts on a frozen backbone; adapter: adapters on one for texts or sounds; edit: edits of subspaces on one for texts; recurrent: heads of a controller that runs over the layers of one for texts or sounds; unfrozen: stages of a backbone, trained themselves',
    ),
  units,
  stages: z
    .array(z.string())
    .min(1)
    .optional()
    .describe(
      'stages of the backbone that a patch, adapters, edits or a controller are on, or that are unfrozen; default: the upper ones, and all layers for a controller',
    ),
  ...adapterShape,
  ...editShape,
  ...recurrentShape,
  readout,
};

/** Options of every method whose tasks share one network, with a head each. */
export const sharedShape = {
  ...networkShape,
  softmaxOver: z
    .enum(['task', 'seen'])
    .default('task')
    .describe("classes that a training example's score competes with: its own task's, or all seen so far (class-incremental training)"),
};

export const ensemble = z
  .int()
  .positive()
  .default(1)
  .describe(
    'members of an ensemble on each network: scales, shifts and batch statistics of their own, one member trained in a step, probabilities averaged; 1: no ensemble',
  );

export const importanceExamples = z
  .int()
  .positive()
  .default(500)
  .describe('training examples, at most, that importance is measured on after a task; one gradient each');

export const fisher = z
  .enum(['sampled', 'empirical'])
  .default('sampled')
  .describe("labels of the Fisher information: drawn from the network's own probabilities, or the data's");

/** Options of every method that holds weights by a penalty. Penalties and path integrals are made for SGD, whose steps they are in proportion to. */
export const penaltyShape = {
  ...z.object(sharedShape).omit({ optimizer: true }).shape,
  norms: z
    .enum(['task', 'shared'])
    .default('task')
    .describe(
      "batch norms of the cells: each task's own (softmaxOver: task only), or shared, their scales and offsets held like other weights",
    ),
};

export type PenaltyOptions = Readonly<z.infer<z.ZodObject<typeof penaltyShape>>>;

/** How strongly a method holds on to what it knows. */
export const strength = (value: number, what: string) => z.number().min(0).default(value).describe(what);

export const memoryShape = {
  memory: z
    .int()
    .positive()
    .default(200)
    .describe('examples of earlier tasks that are kept, equally many of each class where there are enough'),
  replayBatch: z.int().positive().optional().describe('kept examples in each batch beside the new ones; default: as many as batchSize'),
};

/** Without `optimizer` the method trains by SGD. */
export type NetworkOptions = Readonly<z.infer<z.ZodObject<Omit<typeof networkShape, 'optimizer'>>>> & { readonly optimizer?: Optimizer };
