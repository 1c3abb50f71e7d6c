import { z } from 'zod';
import { domainSchema, type Domain } from '../core/input.js';
import { dataSchemaOf } from '../data/sources/data-section.js';
import { builtInSources } from '../data/sources/registry.js';
import { section } from '../data/sources/shared/section.js';
import { percentSchema } from '../data/sources/shared/share.js';
import type { DataSource } from '../data/sources/source.js';
import { inputLimits } from '../data/input-limits.js';
import { augmentSchema } from './augment-section.js';

const classNameSchema = z.union([z.string(), z.int()]);
const dataSchema = dataSchemaOf(builtInSources);

const amount = z.union([z.int().min(0), z.literal('all'), percentSchema], 'a number of samples, a share such as 10%, or all expected');

const perClassSchema = section({ train: amount.optional(), validation: amount.optional(), test: amount.optional() });

/** How many samples a task gets: `train` and `test` for the whole task, `perClass` for each class instead. */
export const limitsSchema = section({
  train: amount.default('all').describe('training samples of a task, shared equally by its classes'),
  validation: amount
    .default('10%')
    .describe(
      "validation samples, taken from the same data as training and never in it; a share is of each class's training samples; 0 learns without",
    ),
  test: amount.default('all').describe('test samples of a task, shared equally by its classes'),
  perClass: perClassSchema.optional(),
});
export type Limits = z.infer<typeof limitsSchema>;

const normalizeSchema = z.union(
  [z.enum(['dataset', 'task', 'none']), section({ mean: z.array(z.number()), std: z.array(z.number().positive()) })],
  'dataset, task, none or { mean, std } expected',
);
export type Normalize = z.infer<typeof normalizeSchema>;

const side = z.int().min(1).max(inputLimits.imageSide);
const taskCount = z.int().min(1).max(inputLimits.tasks);

const corruptionSchema = z.union(
  [
    z.literal('none'),
    section({ noise: z.number().positive() }),
    section({ blur: z.number().positive().max(inputLimits.imageSide) }),
    section({ contrast: z.number().min(0) }),
  ],
  'none, { noise: STD }, { blur: RADIUS } or { contrast: FACTOR } expected',
);
export type Corruption = z.infer<typeof corruptionSchema>;

const noiseShare = z.number().min(0).max(1);

/** Limits of one task: only what differs from the stream's. */
const itemLimitsSchema = section({
  train: amount.optional(),
  validation: amount.optional(),
  test: amount.optional(),
  perClass: perClassSchema.optional(),
});

/** One task of a sequence, or with `stream` the tasks of another stream. */
const sequenceItemSchema = section({
  stream: z.string().optional().describe('a shipped stream or a manifest; its tasks come here'),
  only: z.array(z.int().min(0)).optional().describe('with stream: which of its tasks, 0-based'),
  id: z.union([z.string(), z.int()]).transform(String).optional(),
  name: z.string().optional(),
  data: z.union([z.string(), dataSchema]).optional().describe("a name from datasets, or data of its own; the manifest's data by default"),
  classes: z.array(classNameSchema).min(1).optional().describe('all classes by default'),
  permute: z.int().min(1).optional().describe('number of the permutation'),
  rotate: z.number().optional().describe('degrees'),
  corrupt: corruptionSchema.optional(),
  background: z.array(z.number().min(0).max(1)).min(1).max(4).optional().describe('colour of what is black, such as [1, 0, 0]'),
  labelNoise: noiseShare.optional(),
  limits: itemLimitsSchema.optional().describe('what differs from the limits of the stream'),
});
export type SequenceItem = z.infer<typeof sequenceItemSchema>;

const order = z.union(
  [z.enum(['natural', 'seed']), z.array(z.array(classNameSchema).min(1)).min(1), z.array(classNameSchema).min(1)],
  'natural, seed, a list of classes, or a list of lists of classes expected',
);

const featuresByDomain = Object.fromEntries(domainSchema.options.map((domain) => [domain, z.string().exactOptional()])) as {
  readonly [Name in Domain]: z.ZodExactOptional<z.ZodString>;
};

const kinds = ['split', 'superclass', 'permuted', 'rotated', 'corrupted', 'sequence'] as const;

/** How the data are cut into tasks: exactly one of the first six keys (`split` may be left out when `order` lists the tasks). */
export const tasksSchema = section({
  split: z
    .union([z.int().min(1), z.array(z.int().min(1)).min(1)])
    .optional()
    .describe('number of tasks, or the number of classes of each'),
  superclass: z.literal(true).optional().describe('one task for each superclass'),
  permuted: taskCount.optional().describe('number of tasks; the first keeps its pixels'),
  rotated: z
    .union([taskCount, z.array(z.number()).min(1)])
    .optional()
    .describe('angles in degrees, or how many from 0 to below 180'),
  corrupted: z.array(corruptionSchema).min(1).optional(),
  sequence: z.array(sequenceItemSchema).min(1).optional(),
  classes: z.array(classNameSchema).min(1).optional().describe('only these classes of the data'),
  order: order.default('natural').describe('of classes (split) or superclasses'),
  orderSeed: z.int().optional().describe('rules the order alone; the seed of the stream by default'),
  distinct: z
    .literal(true)
    .optional()
    .describe('every example once: what an earlier task, or the test part of any, has too is left out, and counted'),
  repeat: z.array(z.int().min(0)).optional().describe('tasks (0-based) that come again at the end, with fresh samples where there are any'),
  labelNoise: noiseShare.optional().describe('share of training and validation labels replaced by another class'),
}).superRefine((tasks, context) => {
  const given = kinds.filter((kind) => tasks[kind] !== undefined);
  const listed = Array.isArray(tasks.order) && Array.isArray(tasks.order[0]);
  if (given.length > 1 || (given.length === 0 && !listed)) {
    const found = given.length === 0 ? 'none' : given.join(' and ');
    context.addIssue({ code: 'custom', message: `exactly one of ${kinds.join(', ')} expected, found ${found}` });
  }
});
export type TasksSection = z.infer<typeof tasksSchema>;

/** A stream definition (YAML or JSON) with defaults filled in. */
export const manifestSchema = section({
  name: z.string().min(1),
  root: z.string().default('.').describe('folder that data paths are relative to, itself relative to the manifest'),
  data: dataSchema.optional(),
  datasets: z.record(z.string(), dataSchema).optional().describe('data by name, for sequences'),
  tasks: tasksSchema,
  limits: limitsSchema.prefault({}),
  input: section({
    size: z
      .union([side, z.tuple([side, side])])
      .optional()
      .describe('images are resized to it: a side, or [height, width]'),
    channels: z.union([z.literal(1), z.literal(3)]).optional(),
    normalize: normalizeSchema.default('dataset'),
  }).prefault({}),
  features: z
    .union([z.string(), section(featuresByDomain)], 'an extractor, or { DOMAIN: EXTRACTOR } expected')
    .optional()
    .describe('feature extractor, or one for each domain; pixels for images and vector for vectors by default'),
  backbone: z
    .string()
    .optional()
    .describe('frozen network that experts stand on, such as efficientnet-lite0; without features they are its pooled output'),
  augment: augmentSchema
    .default([])
    .describe('none, a list, or published: crop with padding 4, flip, brightness 63/255; recordings have gain, shift, noise and copies'),
  seed: z.int().default(0),
  options: z.record(z.string(), z.json()).default({}).describe('defaults of strategy options for this stream'),
});
export type Manifest = z.infer<typeof manifestSchema>;

/** Schema of manifests whose data come from these sources. */
export function manifestSchemaOf(sources: readonly DataSource[]): typeof manifestSchema {
  const data = dataSchemaOf(sources);
  const item = sequenceItemSchema.extend({ data: z.union([z.string(), data]).optional() });
  return manifestSchema.extend({
    data: data.optional(),
    datasets: z.record(z.string(), data).optional(),
    tasks: tasksSchema.safeExtend({ sequence: z.array(item).min(1).optional() }),
  });
}
