import { z } from 'zod';
import { npyExamples, npyTable } from '../formats/npy-table.js';
import { readNpy } from '../formats/npy.js';
import { pair } from './shared/keys.js';
import { percentSchema } from './shared/share.js';
import { openTables, tableKeys } from './shared/tables.js';
import { defineSource } from './source.js';

/** NumPy arrays, a file each. */
export const npySource = defineSource({
  name: 'npy',
  keys: {
    train: pair.describe('files [INPUTS, LABELS]'),
    validation: pair.optional().describe('files [INPUTS, LABELS]'),
    test: z.union([percentSchema, pair]).default('20%').describe('files, or the share of each class that is held out'),
    ...tableKeys,
  },
  paths: { train: 'every', validation: 'every', test: 'every' },
  open: (data) =>
    openTables<readonly [string, string]>(
      'npy',
      data,
      async ([inputs, labels]) => npyTable(await readNpy(inputs), await readNpy(labels), inputs),
      data,
    ),
  read: async (file) => npyExamples(await readNpy(file), file),
});
