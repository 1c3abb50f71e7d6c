import { z } from 'zod';
import { attachedModules } from '../../experts/attached-modules.js';
import { gateShape } from '../gates/options.js';
import { adapterShape, editShape, readout, recurrentShape } from '../shared/baseline-options.js';
import { optimizer, recipeShape } from '../../experts/training/recipe.js';

/** Options of PAR; defaults are the published values. */
export const parOptionsSchema = z.strictObject({
  ...recipeShape,
  optimizer: optimizer.describe('how weights are updated: SGD with momentum, or adamw; a search among cells always trains by SGD'),
  samples: z.int().positive().default(100).describe('paths that an architecture search samples, one epoch each'),
  searchRate: z.number().positive().default(0.01).describe('eta: how fast the search changes its edge probabilities'),
  searchRound: z
    .int()
    .positive()
    .default(1)
    .describe('samples of a search that do not wait for each other, so that workers can train them at the same time'),
  regularizeThreshold: z.number().default(0.5).describe('alpha: up to this divergence a task joins the nearest expert; -1 never'),
  allocateThreshold: z
    .number()
    .default(0.75)
    .describe(
      'beta: up to this divergence a new expert copies the nearest architecture, above it searches its own; 1 never searches again',
    ),
  attach: z
    .enum(['none', 'patch'])
    .default('none')
    .describe(
      'patch: a task that is too far to join an expert of cells, but near, gets a patch on it: scales, shifts and running statistics of its batch norms',
    ),
  attachThreshold: z
    .number()
    .optional()
    .describe('with attach: up to this divergence a task gets a patch; default: half way between alpha, or 0, and beta'),
  ensemble: z
    .int()
    .positive()
    .default(1)
    .describe(
      'with a backbone, or attach: patches of each new expert, one trained in a step, whose probabilities are averaged; 1: no ensemble',
    ),
  thresholds: z
    .enum(['fixed', 'calibrated'])
    .default('fixed')
    .describe(
      'fixed: alpha and beta as given; calibrated: from noise floors and the distances between known tasks, as given until two of them are known to differ',
    ),
  maxExperts: z
    .int()
    .positive()
    .optional()
    .describe('experts at most: a task that would get one more joins the nearest instead; default: no cap'),
  maxParameters: z
    .int()
    .positive()
    .optional()
    .describe(
      'parameters of experts and heads at most, before a task whose new expert would exceed them joins the nearest; default: no cap',
    ),
  groupDistance: z.enum(['mean', 'min', 'max']).default('mean').describe("how a group's distance is made from its tasks' divergences"),
  estimator: z
    .enum(['nearest-prototype', 'cosine', 'gaussian-kl', 'cka'])
    .default('nearest-prototype')
    .describe('how task difficulty is estimated from features'),
  zeroDivergence: z
    .enum(['repaired', 'published'])
    .default('repaired')
    .describe('repaired: divergence 0 means the same task; published: it counts as 1'),
  taskInference: z
    .enum(['prototypes', 'lda', 'validation'])
    .default('prototypes')
    .describe(
      'how an example without a task finds one: by the nearest class prototype; by linear discriminants, for which a D x D matrix is kept; or by what finds more validation examples',
    ),
  gate: gateShape.gate.describe(
    'who says whose expert and head an input gets that comes without its task: oracle, whatever taskInference says; in its place the nearest class prototype, or a router that is trained again with each task on kept features of all; answers with the task told are the same',
  ),
  gateExamples: gateShape.gateExamples,
  distillation: z.number().min(0).default(1).describe('lambda: weight of the old heads when a task joins an expert; 0 trains without them'),
  norms: z
    .enum(['task', 'shared'])
    .default('shared')
    .describe(
      "batch norms of tasks that share an expert: shared, as published, or each task's own, old heads then held through the norms that they have",
    ),
  temperature: z.number().positive().default(2).describe('T: softening of the distilled probabilities'),
  fewShot: z
    .int()
    .min(0)
    .default(25)
    .describe(
      'up to so many training examples a task is few-shot: it reuses a well-trained expert, and weight decay is ten times as strong',
    ),
  stages: z
    .array(z.string())
    .min(1)
    .optional()
    .describe(
      'with a backbone: stages that a search may patch, each or not, and that a controller runs over; default: the upper ones, and all layers for a controller',
    ),
  module: z
    .enum(attachedModules)
    .optional()
    .describe('with a backbone: what experts have on its stages; default: a patch on images, adapters on texts and sounds'),
  ...adapterShape,
  ...editShape,
  ...recurrentShape,
  readout,
  price: z.number().min(0).default(0).describe('with a backbone: validation accuracy that one number of a patch costs in a search'),
  start: z
    .enum(['nearest', 'fresh'])
    .default('nearest')
    .describe(
      'with a backbone, or attach: a patch beside known ones begins as the nearest one is, or as what it stands on is; joint edits always do the latter',
    ),
  stopReuseEarly: z
    .boolean()
    .default(false)
    .describe('let patience stop distillation and head-only training too (the published code never does)'),
});

export type ParOptions = z.infer<typeof parOptionsSchema>;
