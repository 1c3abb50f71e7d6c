import { z } from 'zod';
import { architectureSchema } from './architecture.js';
import { decisionSchema } from './decision.js';
import { sha256Schema, frozenBaseRefSchema } from './expert.js';
import { domainSchema, inputSchema } from './input.js';

const normalizationSchema = z.strictObject({ mean: z.array(z.number()), std: z.array(z.number()) });

/** One learned task as it is kept with the run. */
export const taskRecordSchema = z.strictObject({
  id: z.string(),
  index: z.int().min(0),
  name: z.string(),
  classes: z.array(z.union([z.string(), z.number()])),
  input: inputSchema,
  normalization: normalizationSchema.nullable(),
  /** Every value of the data's files was multiplied by it; without it they are as they are, and bytes value / 255. */
  scale: z.number().positive().optional(),
  /** The source that read the data's files, and what it needs to know to read others of their kind; not there for data that no source has read. */
  reading: z.object({ source: z.string() }).catchall(z.json()).optional(),
  /** What the stream did to every input besides, in words: a file that somebody has was not changed so. */
  changes: z.array(z.string()).optional(),
  /** Numbers of examples. */
  train: z.int().min(0),
  validation: z.int().min(0),
  test: z.int().min(0),
  /** Id of the expert that serves the task; null where the strategy has no experts. */
  expert: z.string().nullable(),
  decision: decisionSchema.nullable(),
  /** D(t, i) to every earlier task i, in task order; empty where the strategy does not measure it. */
  divergence: z.array(z.number()),
  addedParameters: z.int(),
  headParameters: z.int(),
  epochs: z.int().min(0),
  seconds: z.number(),
  /** Of the final model on the task's test split, right after learning it; null when not measured. */
  calibration: z
    .strictObject({
      ece: z.number(),
      /** What `ece` would be on average if the probabilities were right; not there in older runs. */
      eceNoiseFloor: z.number().exactOptional(),
      nll: z.number(),
      brier: z.number(),
      /** How far the members of an ensemble differ on the same examples; only of ensembles. */
      disagreement: z.number().exactOptional(),
      mutualInformation: z.number().exactOptional(),
    })
    .nullable(),
  /** Share of each class's test examples that got their own label, in the order of `classes`; null for a class without test examples. */
  classRecall: z.array(z.number().nullable()).nullable().default(null),
});
export type TaskRecord = z.infer<typeof taskRecordSchema>;

export const expertSummarySchema = z.strictObject({
  id: z.string(),
  tasks: z.array(z.string()),
  on: frozenBaseRefSchema.nullable().default(null),
  architecture: architectureSchema,
  architectureFrom: z.string().nullable(),
  parameters: z.int(),
  bytes: z.int(),
  macs: z.int(),
  leak: z.number().exactOptional(),
  controller: sha256Schema.exactOptional(),
});

const json = z.record(z.string(), z.json());

/** An extractor as a run keeps it: sha256 of its weights, null where it has none, and the length of its vectors. */
export const extractorSchema = z.strictObject({
  name: z.string(),
  sha256: z.string().nullable(),
  size: z.int(),
  /** What vectors are standardized by before they are compared: of the first task's training examples; null for nothing. */
  normalization: normalizationSchema.nullable().default(null),
});
export type RecordedExtractor = z.infer<typeof extractorSchema>;

/** What a run's numbers may depend on besides its options. `both`: it was resumed where that was different. */
export const environmentSchema = z.strictObject({
  lifelong: z.string(),
  node: z.string(),
  backend: z.string(),
  threads: z.string(),
  /** Whether oneDNN's kernels were on. */
  oneDNN: z.enum(['on', 'off', 'both']).optional(),
  /** For operations that not every build of TensorFlow has right: its own kernel, or ordinary operations in its place. */
  kernels: z.record(z.string(), z.enum(['kernel', 'exact', 'both'])).optional(),
});
export type Environment = z.infer<typeof environmentSchema>;

/** The current version of run.json. */
export const runVersion = 3;

/** The whole of `run.json`: what a run is, what it learned, and which files hold its weights. */
export const runRecordSchema = z.strictObject({
  version: z.literal(runVersion),
  created: z.string(),
  status: z.enum(['running', 'complete', 'interrupted', 'failed']),
  seconds: z.number(),
  stream: z.strictObject({
    name: z.string(),
    fingerprint: z.string(),
    tasks: z.int().nullable(),
    manifest: json.nullable(),
    source: z.string().nullable(),
    /** What was set in place of the manifest file's own values, by dotted key. */
    set: json.optional(),
    /** A fingerprint for each task that the stream has, of its own classes alone; in older runs, of the whole data. */
    taskFingerprints: z.array(z.string()).optional(),
    /** What was left out, converted or replaced as the data were read, a sentence each. */
    notes: z.array(z.string()).optional(),
  }),
  strategy: z.strictObject({ name: z.string(), options: json }),
  seed: z.int(),
  /** At most this many tasks are learned; null for all that the stream has. */
  limit: z.int().nullable(),
  /** Frozen extractors of features. */
  features: z.strictObject({
    /** The name of one for all tasks, or of one for each domain; `auto`: each domain's own. */
    asked: z.union([z.string(), z.partialRecord(domainSchema, z.string())]),
    /** What the tasks so far were measured with, by domain; `size` is that of the latest task. */
    used: z.partialRecord(domainSchema, extractorSchema),
    /** Whether columns of vectors are standardized; runs made before that take them as they are. */
    standardize: z.boolean(),
  }),
  /** What experts stand on; not there for runs whose networks stand on nothing. */
  backbone: z
    .strictObject({
      /** The text that it was asked for by. */
      asked: z.string(),
      name: z.string(),
      /** Images are resized to `side` x `side`; null for a network of something else. */
      side: z.int().positive().nullable(),
      /** Of its weights' content. */
      sha256: z.string(),
    })
    .exactOptional(),
  environment: environmentSchema,
  tasks: z.array(taskRecordSchema),
  experts: z.array(expertSummarySchema),
  /** Row i = after task i, column j = on task j; null = not evaluated. */
  accuracy: z.array(z.array(z.number().nullable())),
  /**
   * As `accuracy`, but the task is not given (class-incremental): an example is right when the largest logit of all heads so far belongs to its
   * class's name. Only where heads can be compared.
   */
  classIncremental: z.array(z.array(z.number().nullable())).optional(),
  /** How often the task of a test example, of which each task gives at most 100, was found when it was not told; once all tasks are learned. */
  taskInference: z
    .strictObject({
      way: z.enum(['prototypes', 'lda', 'learned']),
      /** Numbers of examples: all of them; those whose nearest task is theirs; those with an answer; those with the right one. */
      examples: z.int(),
      right: z.int(),
      answered: z.int(),
      answeredRight: z.int(),
      /** Of the same examples, only where a gate was asked for: those that get their class from the expert and head of their nearest task, and those that do with the task told. */
      gate: z.strictObject({ name: z.enum(['prototype', 'learned']), classRight: z.int(), classRightTold: z.int() }).optional(),
    })
    .optional(),
  /** Only where accuracy is measured during training too. */
  tracking: z
    .strictObject({
      /** After every so many epochs of a task, */
      every: z.int().positive(),
      /** on at most so many test examples of a task. */
      examples: z.int().positive(),
      /** The epoch of the task under way that an interrupt left to be measured. */
      pending: z.strictObject({ phase: z.enum(['train', 'distil', 'head']), epoch: z.int().positive() }).nullable(),
    })
    .optional(),
  peakRssBytes: z.int().nullable(),
  /** What the strategy told while it learned, such as a step that could not be compiled; a sentence each. */
  notices: z.array(z.string()).optional(),
  /** What the task under way was begun with; null where there is none. */
  underWay: z.strictObject({ normalization: normalizationSchema.nullable() }).nullable().optional(),
  /** The strategy's own state (Snapshot.state). */
  state: json,
  /** Every weight file by group name, path relative to the run folder. `numbers`: how many it holds; missing in older runs. */
  files: z.record(z.string(), z.strictObject({ path: z.string(), sha256: z.string(), bytes: z.int(), numbers: z.int().min(0).optional() })),
  /** One line about what stopped a failed run. */
  failure: z.string().nullable(),
});
export type RunRecord = z.infer<typeof runRecordSchema>;
