import { z } from 'zod';
import { genotypeSchema } from '../core/genotype.js';
import { environmentSchema, expertSummarySchema } from '../core/run-record.js';
import { metricNames } from '../metrics/compute-metrics.js';
import { stabilityNames } from '../metrics/stability.js';
import { reportedDecisionSchema } from './reported-decision.js';

const maybe = z.number().nullable();

const metricSchema = z.strictObject({
  /** null when the metric is not defined for this run. */
  value: maybe,
  formula: z.string(),
  /** Why there is no value. */
  reason: z.string().optional(),
});

const metricsNamed = <Name extends string>(names: readonly Name[]) =>
  Object.fromEntries(names.map((name) => [name, metricSchema])) as Record<Name, typeof metricSchema>;

/** Shares of `examples`, but `answeredRight` of those that were answered; null where there were none. */
const taskInferenceSchema = z.strictObject({
  way: z.enum(['prototypes', 'lda', 'learned']),
  examples: z.int(),
  right: maybe,
  answered: maybe,
  answeredRight: maybe,
  /** Only where a gate was asked for. Shares of `examples` with the right class: by the task that was found, and by the task told. */
  gate: z.strictObject({ name: z.enum(['prototype', 'learned']), accuracy: maybe, accuracyTold: maybe }).optional(),
});
export type ReportedTaskInference = z.infer<typeof taskInferenceSchema>;

const calibrationSchema = z.strictObject({
  ece: maybe,
  /** Not there in older runs. */
  eceNoiseFloor: maybe.optional(),
  nll: maybe,
  brier: maybe,
  /** Only of ensembles. */
  disagreement: maybe.optional(),
  mutualInformation: maybe.optional(),
});

const taskSchema = z.strictObject({
  id: z.string(),
  index: z.int(),
  name: z.string(),
  classes: z.array(z.union([z.string(), z.number()])),
  /** Numbers of examples. */
  train: z.int(),
  validation: z.int(),
  test: z.int(),
  expert: z.string().nullable(),
  addedParameters: z.int(),
  headParameters: z.int(),
  epochs: z.int(),
  seconds: z.number(),
  decision: reportedDecisionSchema.nullable(),
  /** `learned`: right after the task; `final`: at the end of the run. */
  accuracy: z.strictObject({ learned: maybe, final: maybe }),
  /** Best earlier accuracy less the final one; null for the last task. */
  forgetting: maybe,
  calibration: calibrationSchema,
  /** Share of each class's test examples that got their own label when the task was learned, in the order of `classes`. */
  classRecall: z.array(maybe).nullable(),
});
export type ReportedTask = z.infer<typeof taskSchema>;

/** Accuracy during training, with the weights of the moment; see docs/metrics.md. */
const duringSchema = z.strictObject({
  /** Measured after every so many epochs of a task, on at most so many test examples of a task. */
  every: z.int(),
  examples: z.int(),
  /** For each task measured, in order of time. `kept`: with the weights that learning `task` ended with. */
  series: z.array(
    z.strictObject({
      on: z.int(),
      points: z.array(
        z.strictObject({ task: z.int(), phase: z.enum(['search', 'train', 'distil', 'head', 'kept']), epoch: z.int(), accuracy: maybe }),
      ),
    }),
  ),
  /** What learning `task` did on the way to an earlier one, `on`; pairs whose predictions it left alone are not listed. */
  gaps: z.array(z.strictObject({ task: z.int(), on: z.int(), before: maybe, lowest: maybe, after: maybe, gap: maybe })),
  metrics: z.strictObject(metricsNamed(stabilityNames)),
});
export type ReportedDuring = z.infer<typeof duringSchema>;

/** The forgetting report as JSON: `lifelong.report/1`. */
export const reportSchema = z.strictObject({
  schema: z.literal('lifelong.report/1'),
  run: z.strictObject({
    path: z.string(),
    status: z.enum(['running', 'complete', 'interrupted', 'failed']),
    /** How many tasks were asked for; missing where all were. */
    limit: z.int().optional(),
    /** Version of the run folder's format. */
    version: z.int(),
    created: z.string(),
    seconds: z.number(),
    environment: environmentSchema,
  }),
  stream: z.strictObject({ name: z.string(), fingerprint: z.string(), tasks: z.int().nullable() }),
  strategy: z.strictObject({ name: z.string(), options: z.record(z.string(), z.json()) }),
  seed: z.int(),
  features: z.strictObject({ name: z.string(), sha256: z.string().nullable(), size: z.int().nullable() }),
  tasks: z.array(taskSchema),
  /** `genotype`: of an expert of cells; null for another architecture. */
  experts: z.array(expertSummarySchema.extend({ genotype: genotypeSchema.nullable() })),
  /** D(t, i) between tasks, symmetric with zero diagonal; null = not measured; empty when the strategy measures none. */
  divergence: z.array(z.array(maybe)),
  /** Row i = after task i, column j = on task j; null = not evaluated. */
  accuracy: z.array(z.array(maybe)),
  /** As `accuracy`, when the task is not given and the largest logit of all heads decides; missing where heads cannot be compared. */
  classIncremental: z.array(z.array(maybe)).optional(),
  metrics: z.strictObject({
    ...metricsNamed(metricNames),
    /** Only with `classIncremental`. */
    classIncrementalAccuracy: metricSchema.optional(),
    /** Only with `taskInference`. */
    taskInferenceAccuracy: metricSchema.optional(),
  }),
  /** How the tasks of test examples were found when they were not told; only of runs that measured it. */
  taskInference: taskInferenceSchema.optional(),
  /** Only of runs that measured it. */
  during: duringSchema.optional(),
  /** Mean over the tasks, each measured right after it was learned. */
  calibration: calibrationSchema.extend({ reason: z.string().optional() }),
  cost: z.strictObject({
    parameters: z.strictObject({ experts: z.int(), heads: z.int() }),
    /**
     * What the method keeps besides experts and heads to go on: prototypes, importances, owners of weights, norms of each task, examples. Numbers of 4
     * bytes, null in older runs, which do not say; bytes of the files that hold them.
     */
    keptBesides: z.strictObject({ numbers: z.int().nullable(), bytes: z.int() }),
    /** Of all stored weights: experts, heads, prototypes and what else the strategy keeps. */
    bytes: z.int(),
    seconds: z.number(),
    peakRssBytes: z.int().nullable(),
  }),
  /** What a reader should know before trusting the numbers, one line each. */
  warnings: z.array(z.string()),
});
export type Report = z.infer<typeof reportSchema>;
