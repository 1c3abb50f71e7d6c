import { z } from 'zod';

/** Thresholds that a run has calibrated for a task, and from what. */
export const calibratedSchema = z.strictObject({
  /** alpha and beta, to three decimals. */
  regularize: z.number(),
  allocate: z.number(),
  /** The largest divergence between two halves of one task; null where none is known. */
  same: z.number().nullable(),
  /** How far known tasks are from their nearest unlike one, on average; null where no two of them are unlike. */
  different: z.number().nullable(),
  /** One sentence for people. */
  why: z.string(),
});

/** Numbers that every decision of PAR carries: enough to check it by hand. */
const measured = {
  /** Task whose expert is nearest, by id; absent for the first task. */
  nearest: z.string().exactOptional(),
  /** Distance d* to the nearest group, in [0, 1]. */
  divergence: z.number().exactOptional(),
  /** Distance to every group, by expert id. */
  divergences: z.record(z.string(), z.number()),
  /** Distance between two halves of the task's own validation samples: what "the same task" looks like through these features. */
  noiseFloor: z.number().nullable(),
  /** The thresholds that decided, where they are not those of the options. */
  calibrated: calibratedSchema.exactOptional(),
  /** One sentence for people. */
  reason: z.string(),
};

/** The task joins an expert that there is. */
const regularize = z.strictObject({
  kind: z.literal('regularize'),
  mode: z.enum(['distil', 'head-only']),
  /** Id of the expert. */
  expert: z.string(),
  threshold: z.number().nullable(),
  /** The cap on growth that the task joins for: the expert that it would have had `instead` needs more than `limit`. */
  capped: z
    .strictObject({ instead: z.string(), cap: z.enum(['maxExperts', 'maxParameters']), limit: z.int(), needed: z.int() })
    .exactOptional(),
  ...measured,
});

/** The task gets a patch `on` an expert that stays as it is, by id; it begins as the one that it is `from`, that expert itself or another patch on it. */
const attach = z.strictObject({
  kind: z.literal('attach'),
  module: z.literal('patch'),
  on: z.string(),
  from: z.string(),
  threshold: z.number(),
  ...measured,
});

/** The task gets a new expert with the architecture of the one that it is `from`, by id. */
const reuseArchitecture = z.strictObject({ kind: z.literal('reuse-architecture'), from: z.string(), threshold: z.number(), ...measured });

/** The task gets a new expert with an architecture that is searched for it. */
const search = z.strictObject({ kind: z.literal('search'), threshold: z.number().nullable(), ...measured });

/** Of a kind that a program made. It brings what a report says of it, since reports are read without that program. */
const own = z.strictObject({
  kind: z.literal('own'),
  /** Of its kind. */
  name: z.string(),
  /** What was decided, in three or four words. */
  words: z.string(),
  /** How the task comes to its expert. */
  joining: z.enum(['searched', 'copied', 'distil', 'head only']),
  /** The expert that the task joins, by id. */
  expert: z.string().exactOptional(),
  /** The expert whose architecture a new one copies, by id. */
  from: z.string().exactOptional(),
  threshold: z.number().nullable(),
  ...measured,
});

/**
 * What was chosen for a task and why (PAR section 3). A new kind has to be told to strategies/par/decisions (when it applies, how learning starts)
 * and to report (reported-decision.ts, decision-words.ts): nothing compiles until it is.
 */
export const decisionSchema = z.discriminatedUnion('kind', [regularize, attach, reuseArchitecture, search, own]);
export type Decision = z.infer<typeof decisionSchema>;

/** A decision by its kind's name: that of an own kind is the one that its program gave it. */
export const decisionName = (decision: Pick<Decision, 'kind'> & { readonly name?: string }): string => decision.name ?? decision.kind;

/** The decisions of one kind. */
export type DecisionOf<Kind extends Decision['kind']> = Extract<Decision, { kind: Kind }>;
