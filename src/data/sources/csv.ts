import { z } from 'zod';
import { readCsv } from '../formats/csv.js';
import { maxLineCharacters, maxUnpackedBytes } from './shared/keys.js';
import { openTables, partFiles, tableKeys } from './shared/tables.js';
import { defineSource } from './source.js';

/** CSV files, plain or gzip. */
export const csvSource = defineSource({
  name: 'csv',
  keys: {
    ...partFiles,
    label: z.string().describe('name of the label column'),
    features: z.array(z.string()).min(1).optional().describe('names of the number columns; all but the label by default'),
    delimiter: z.string().length(1).default(',').describe('between two columns'),
    header: z.boolean().default(true).describe('false: columns are called 0, 1, 2, …'),
    ...tableKeys,
    maxUnpackedBytes,
    maxLineCharacters,
  },
  paths: { train: 'every', validation: 'every', test: 'every' },
  open: (data) =>
    openTables(
      'csv',
      data,
      (file, like) => readCsv(file, like?.columns && data.header ? { ...data, features: like.columns, more: !data.features } : data),
      data,
    ),
  read: (file, data) => readCsv(file, { ...data, more: true, labelled: false }),
});
