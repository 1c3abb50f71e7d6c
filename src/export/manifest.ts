import { z } from 'zod';

/** What is said of every model. */
const modelShape = {
  /** In the order of the logits. */
  classes: z.array(z.union([z.string(), z.number()])),
  /** Of one example; the model takes `[n, ...inputShape]`. */
  inputShape: z.array(z.int().positive()),
  /** What the model takes; an older export does not say that it is float32. */
  inputType: z.enum(['float32', 'int32']).default('float32'),
  /** What inputs lie in: images in [0, 1]; null for vectors, which are taken as the stream had them. */
  inputRange: z.tuple([z.number(), z.number()]).nullable(),
  /** The extractor whose features of an example the model takes, raw, in place of the example. Not there where it takes examples. */
  features: z.string().optional(),
  /** What the model does with its input first, for each channel: (x - mean) / std; null: nothing. */
  normalization: z.strictObject({ mean: z.array(z.number()), std: z.array(z.number()) }).nullable(),
  /** Path of model.json. */
  model: z.string(),
  input: z.literal('input'),
  /** Logits `[n, classes]`; softmax gives probabilities. */
  output: z.literal('logits'),
  /** Softmax of logits divided by it gives calibrated probabilities. Not there where it is 1. */
  temperature: z.number().positive().optional(),
};

const taskSchema = z.strictObject({
  id: z.string(),
  index: z.int().min(0),
  name: z.string(),
  ...modelShape,
  /** What every value of the data's files was multiplied by; the model takes the product. Not there where values are as in the files. */
  scale: z.number().positive().optional(),
  /** What the stream did to every input, in words; the model takes inputs that are changed so. Not there where it did nothing. */
  changes: z.array(z.string()).optional(),
  /** Of a task of texts, whose ids of tokens the model takes: how texts become those. */
  vocabulary: z
    .strictObject({
      /** Path of a vocab.txt: a token a line, by id. */
      path: z.string(),
      /** Whether texts are made lower-case, and accents taken off, before they are cut. */
      lowercase: z.boolean(),
      /** Whether an example is a pair of texts; ids of the second are negative. */
      pairs: z.boolean(),
    })
    .optional(),
  /** Tasks of one expert share its weight file; null where the strategy has none. */
  expert: z.string().nullable(),
  /** On the task's test split at the end of the run; null when it was not measured. */
  accuracy: z.number().nullable(),
});

/** `manifest.json` of an export: which models there are and what they say. Paths are relative to its folder, with forward slashes. */
export const exportManifestSchema = z.strictObject({
  schema: z.literal('lifelong.export/1'),
  /** Of lifelong. */
  version: z.string(),
  stream: z.string(),
  strategy: z.string(),
  seed: z.int(),
  tasks: z.array(taskSchema),
  /** The model that answers among the classes of all tasks; not there where the strategy has none, or one task alone was exported. */
  allClasses: z.strictObject(modelShape).optional(),
  /** How to find the task of an example; null where that takes an extractor with weights, or the strategy keeps no prototypes. */
  identification: z
    .strictObject({
      features: z.enum(['pixels', 'vector']),
      /** Length of a feature vector. */
      size: z.int().positive(),
      /** What the columns of vectors are standardized by before they are compared: (x - mean) / std; not there where they are taken as they are. */
      normalization: z.strictObject({ mean: z.array(z.number()), std: z.array(z.number()) }).optional(),
      /** Path of a JSON file: for each task `id`, `means` `[classes, size]` and `usualDistances` `[classes]`; null where they are not known. */
      prototypes: z.string(),
    })
    .nullable(),
  /** Every other file. */
  files: z.array(z.strictObject({ path: z.string(), sha256: z.string(), bytes: z.int() })),
});
export type ExportManifest = z.infer<typeof exportManifestSchema>;
