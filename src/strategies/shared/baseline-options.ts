import { z } from 'zod';
import { recipeShape } from '../../experts/training/recipe.js';

const taskShape = {
  ...recipeShape,
  epochs: recipeShape.epochs.describe('epochs to train on a task'),
  weightDecay: recipeShape.weightDecay.describe('weight decay'),
};
const trainingShape = z.object(taskShape).omit({ channels: true, cells: true }).shape;
const units = z.int().positive().default(400).describe('units of each of the two hidden layers of an mlp');

/** Options of every method that trains the experts' network. */
const networkShape = {
  ...taskShape,
  network: z
    .enum(['cells', 'mlp'])
    .default('cells')
    .describe(
      'cells: the expert network with one fixed genotype; mlp: two hidden layers without batch norm, channels and cells say nothing',
    ),
  units,
};

/** Options of every method whose tasks share one network, with a head each. */
const sharedShape = {
  ...networkShape,
  softmaxOver: z
    .enum(['task', 'seen'])
    .default('task')
    .describe("classes that a training example's score competes with: its own task's, or all seen so far (class-incremental training)"),
};

const importanceExamples = z
  .int()
  .positive()
  .default(500)
  .describe('training examples, at most, that importance is measured on after a task; one gradient each');

const fisher = z
  .enum(['sampled', 'empirical'])
  .default('sampled')
  .describe("labels of the Fisher information: drawn from the network's own answers, or the data's");

const lambda = (value: number, what: string) => z.number().min(0).default(value).describe(what);

const memoryShape = {
  memory: z
    .int()
    .positive()
    .default(200)
    .describe('examples of earlier tasks that are kept, equally many of each class where there are enough'),
  replayBatch: z.int().positive().optional().describe('kept examples in each batch beside the new ones; default: as many as batchSize'),
};

export const finetuneOptionsSchema = z.strictObject(sharedShape);
export const independentOptionsSchema = z.strictObject(networkShape);
export const jointOptionsSchema = z.strictObject(sharedShape);

export const ewcOptionsSchema = z.strictObject({
  ...sharedShape,
  lambda: lambda(1000, 'lambda: strength of the penalty; 0 is finetune'),
  importanceExamples,
  fisher,
});

export const onlineEwcOptionsSchema = z.strictObject({
  ...sharedShape,
  lambda: lambda(1000, 'lambda: strength of the penalty; 0 is finetune'),
  gamma: z.number().min(0).max(1).default(0.95).describe('gamma: what is left of the earlier importance after each task'),
  importanceExamples,
  fisher,
});

export const siOptionsSchema = z.strictObject({
  ...sharedShape,
  strength: lambda(100, 'c: strength of the penalty; 0 is finetune'),
  damping: z.number().positive().default(0.1).describe('xi: keeps the importance of a weight that hardly moved finite'),
});

export const masOptionsSchema = z.strictObject({
  ...sharedShape,
  lambda: lambda(1, 'lambda: strength of the penalty; 0 is finetune'),
  importanceExamples,
});

export const lwfOptionsSchema = z.strictObject({
  ...sharedShape,
  distillation: lambda(1, "lambda: weight of each old head's distillation; 0 trains without"),
  temperature: z.number().positive().default(2).describe('T: softening of the distilled answers'),
});

export const erOptionsSchema = z.strictObject({ ...sharedShape, ...memoryShape });

export const derppOptionsSchema = z.strictObject({
  ...sharedShape,
  ...memoryShape,
  alpha: lambda(0.1, 'alpha: weight of the squared difference from the answers that were kept'),
  beta: lambda(0.5, "beta: weight of the kept examples' labels"),
});

export const packnetOptionsSchema = z.strictObject({
  ...networkShape,
  prune: z
    .number()
    .min(0)
    .lt(1)
    .default(0.75)
    .describe("share of each layer's newly trained weights that a task gives back, the smallest ones"),
  retrainEpochs: z.int().min(0).optional().describe('epochs that the remaining weights train after pruning; default: half of epochs'),
});

export const hatOptionsSchema = z.strictObject({
  ...trainingShape,
  units,
  sparsity: lambda(0.75, 'c: weight of the share of unclaimed units that a task claims'),
  sharpness: z.number().positive().default(400).describe('s_max: slope of the attention at the end of an epoch'),
});

export type NetworkOptions = Readonly<z.infer<z.ZodObject<typeof networkShape>>>;
export type SharedOptions = Readonly<z.infer<typeof finetuneOptionsSchema>>;
export type EwcOptions = z.infer<typeof ewcOptionsSchema>;
export type OnlineEwcOptions = z.infer<typeof onlineEwcOptionsSchema>;
export type SiOptions = z.infer<typeof siOptionsSchema>;
export type MasOptions = z.infer<typeof masOptionsSchema>;
export type LwfOptions = z.infer<typeof lwfOptionsSchema>;
export type ErOptions = z.infer<typeof erOptionsSchema>;
export type DerppOptions = z.infer<typeof derppOptionsSchema>;
export type PacknetOptions = z.infer<typeof packnetOptionsSchema>;
export type HatOptions = z.infer<typeof hatOptionsSchema>;
