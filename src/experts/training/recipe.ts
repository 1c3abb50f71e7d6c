import { z } from 'zod';
import { optimizers, type Optimizer } from '../../nn/optimizer-names.js';

/** Options of training that all strategies share, with the published values (PAR section 7) as defaults. */
export const recipeShape = {
  epochs: z.int().positive().default(100).describe('epochs to train a new expert'),
  batchSize: z.int().positive().default(64).describe('examples in a training batch'),
  learningRate: z.number().positive().default(0.01).describe('learning rate of the optimizer'),
  momentum: z.number().min(0).lt(1).default(0.9).describe('momentum of SGD; of adamw the decay of the first moment'),
  weightDecay: z.number().min(0).default(0.003).describe('weight decay; ten times this for few-shot tasks'),
  clip: z.number().positive().default(10).describe('largest norm of a gradient'),
  schedule: z.enum(['cosine', 'plateau', 'constant']).default('cosine').describe('how the learning rate changes over the epochs'),
  patience: z
    .int()
    .min(-1)
    .default(20)
    .describe('epochs without a better validation accuracy before stopping early (plateau: before lowering the rate), 0 as 1; -1 never'),
  plateauFactor: z.number().positive().lt(1).default(0.1).describe('what plateau multiplies the learning rate by'),
  minLearningRate: z.number().min(0).default(1e-6).describe('smallest learning rate of plateau'),
  channels: z.int().positive().default(64).describe('channels C of an expert; even for images'),
  cells: z.int().positive().default(4).describe('cells of an expert'),
  engine: z
    .enum(['auto', 'eager'])
    .default('auto')
    .describe('auto compiles training steps that run often, eager none; they differ by rounding, which training amplifies'),
};

/** An option of strategies that do not depend on how weights are updated. */
export const optimizer = z.enum(optimizers).default('sgd').describe('how weights are updated: SGD with momentum, or adamw');

export type Recipe = z.infer<z.ZodObject<typeof recipeShape>>;

/** The part of a recipe that is about training, whatever is trained. */
export type TrainingRecipe = Omit<Recipe, 'channels' | 'cells'> & { readonly optimizer?: Optimizer };
