import { z } from 'zod';
import { keyPrefix } from './run-job.js';

/** Of the queue that holds candidates of searches. */
export const candidatesQueue = 'candidates';

/** A candidate of a search as it waits for a worker. */
export const candidateJobSchema = z.object({
  version: z.string(),
  /** Names the search on the server. */
  search: z.string().regex(/^[0-9a-f-]{36}$/),
  sample: z.int().min(0),
  /** Of TensorFlow, as the process has that searches: sums then run in the same order. */
  threads: z.int().min(1),
});
export type CandidateJob = z.infer<typeof candidateJobSchema>;

/** Where the values of a search lie, as v8 serializes them: typed arrays keep their bits. */
export const searchKeys = (search: string) => ({
  /** A list: what is to be told before the first candidate. */
  preparation: `${keyPrefix}:search:${search}`,
  candidate: (sample: number) => `${keyPrefix}:search:${search}:candidate:${sample}`,
  answer: (sample: number) => `${keyPrefix}:search:${search}:answer:${sample}`,
});

/** For how long values stay on the server when whoever put them there dies. */
export const keptSeconds = 86_400;
