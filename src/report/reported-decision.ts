import { z } from 'zod';
import { decisionSchema, type Decision } from '../core/decision.js';

const [regularize, attach, reuseArchitecture, search, own] = decisionSchema.options;

/** What only some decisions have; where one has not, a report says null. */
const absent = { mode: z.null(), expert: z.null(), from: z.null() };
const measured = { nearest: z.string().nullable(), divergence: z.number().nullable() };

/** A decision with every number behind it; what does not apply to its kind is null. */
export const reportedDecisionSchema = z.discriminatedUnion('kind', [
  z.strictObject({ ...absent, ...regularize.shape, ...measured }),
  z.strictObject({ ...absent, ...attach.shape, ...measured }),
  z.strictObject({ ...absent, ...reuseArchitecture.shape, ...measured }),
  z.strictObject({ ...absent, ...search.shape, ...measured }),
  z.strictObject({ ...absent, ...own.shape, expert: z.string().nullable(), from: z.string().nullable(), ...measured }),
]);
export type ReportedDecision = z.infer<typeof reportedDecisionSchema>;

/** In the order in which a report has them. */
const blank = { kind: null, mode: null, expert: null, from: null, nearest: null, divergence: null, threshold: null };

/** A decision as reports have it. */
export function reportedDecision(decision: Decision): ReportedDecision {
  return { ...blank, ...decision };
}
