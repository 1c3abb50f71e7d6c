import { z } from 'zod';
import { section } from '../data/sources/shared/section.js';

const json = z.record(z.string(), z.json());

const streamSchema = section({
  stream: z.string().min(1),
  name: z.string().min(1).optional().describe('what to call it in the grid; the name of the stream by default'),
  set: json.default({}).describe('keys of the manifest, dotted, as run --set takes them'),
  tasks: z.int().min(1).optional().describe('at most so many tasks'),
});

const strategySchema = section({
  strategy: z.string().min(1),
  options: json.default({}),
});

/** A grid as a file: every stream with every strategy, extractor and seed is a run. */
export const gridFileSchema = section({
  name: z.string().min(1).optional().describe('the name of the file by default'),
  out: z.string().min(1).optional().describe('folder of the run folders, relative to the file; checkpoints/<name> by default'),
  streams: z
    .array(z.union([z.string().min(1), streamSchema], 'a stream, or { stream, set, tasks } expected'))
    .min(1)
    .describe('shipped streams and manifests, relative to the file'),
  strategies: z.array(z.union([z.string().min(1), strategySchema], 'a strategy, or { strategy, options } expected')).min(1),
  seeds: z.array(z.int().min(0)).min(1).default([0]),
  features: z.array(z.string().min(1)).min(1).optional().describe("extractors; each stream's own by default"),
  set: json.default({}).describe('keys of the manifest, for all streams'),
  options: json.default({}).describe('options of strategies, for all that have them'),
  tasks: z.int().min(1).optional().describe('at most so many tasks of each stream'),
  threads: z.int().min(1).optional().describe('threads of TensorFlow for each run'),
});

/** A grid file with its defaults, and each stream and strategy written out. */
export interface GridFile extends Omit<z.infer<typeof gridFileSchema>, 'name' | 'streams' | 'strategies'> {
  readonly name: string;
  readonly streams: readonly z.infer<typeof streamSchema>[];
  readonly strategies: readonly z.infer<typeof strategySchema>[];
}
