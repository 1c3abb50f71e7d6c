import { z } from 'zod';
import { arrayOf, npyTable } from '../formats/npy-table.js';
import { readNpz } from '../formats/npy.js';
import { maxUnpackedBytes, pair, path as file } from './shared/keys.js';
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
    maxUnpackedBytes,
  },
  paths: { path: 'every' },
  async open({ path, arrays, maxUnpackedBytes, ...options }) {
    const found = await readNpz(path, maxUnpackedBytes);
    const read = ([inputs, labels]: readonly [string, string]) =>
      npyTable(arrayOf(found, inputs, path), arrayOf(found, labels, path), `${path} (${inputs}, ${labels})`);
    return openTables<readonly [string, string]>('npz', arrays, read, options);
  },
});
