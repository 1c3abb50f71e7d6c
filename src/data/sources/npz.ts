import { z } from 'zod';
import { arrayOf, npyExamples, npyTable } from '../formats/npy-table.js';
import { readNpz } from '../formats/npy.js';
import { pair, path as file } from './shared/keys.js';
import { section } from './shared/section.js';
import { percentSchema } from './shared/share.js';
import { openTables, tableKeys } from './shared/tables.js';
import { defineSource } from './source.js';

/** NumPy arrays in one file. */
export const npzSource = defineSource({
  name: 'npz',
  keys: {
    path: file.describe('the file'),
    arrays: section({
      train: pair.default(['x_train', 'y_train']),
      validation: pair.optional(),
      test: z.union([percentSchema, pair]).default(['x_test', 'y_test']),
    })
      .prefault({})
      .describe('names of the arrays [INPUTS, LABELS] in it; test may be the share of each class that is held out'),
    ...tableKeys,
  },
  paths: { path: 'every' },
  async open({ path, arrays, ...options }) {
    const found = await readNpz(path);
    const read = ([inputs, labels]: readonly [string, string]) =>
      npyTable(arrayOf(found, inputs, path), arrayOf(found, labels, path), `${path} (${inputs}, ${labels})`);
    return openTables<readonly [string, string]>('npz', arrays, read, options);
  },
  async read(file, { arrays: { train, test } }) {
    const found = await readNpz(file);
    const names = [...(typeof test === 'string' ? [] : [test[0]]), train[0], ...(found.size === 1 ? found.keys() : [])];
    return npyExamples(arrayOf(found, names.find((name) => found.has(name)) ?? train[0], file), file);
  },
});
