import { z } from 'zod';
import { cellSchema } from '../cell.js';

/** Of all keys on the server. */
export const keyPrefix = 'lifelong';
/** Of the queue that holds runs. */
export const runsQueue = 'runs';

/** A run as it waits for a worker. */
export const jobSchema = z.object({
  /** Of this package; workers of another one do not take it. */
  version: z.string(),
  grid: z.object({ id: z.string().regex(/^[0-9a-f-]{36}$/), name: z.string() }),
  /** The grid's folder as seen from the one that it was started in. */
  out: z.string(),
  cell: cellSchema,
  threads: z.int().min(1),
  /** What workers could not do before. */
  troubles: z.array(z.object({ worker: z.string(), reason: z.string(), ofMachine: z.boolean() })),
});
export type Job = z.infer<typeof jobSchema>;

/** What is left of a job that is done. */
export const resultSchema = z.object({
  /** Whether the run folder is in the grid's folder; else it is kept on the server. */
  shared: z.boolean(),
});
export type JobResult = z.infer<typeof resultSchema>;

/** Name of the job that does a run of a grid. */
export const jobIdOf = (gridId: string, run: string): string => `${gridId}.${run}`;
