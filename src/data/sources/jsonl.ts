import { z } from 'zod';
import { readJsonl } from '../formats/jsonl.js';
import { maxLineCharacters, maxUnpackedBytes } from './shared/keys.js';
import { openTables, partFiles, tableKeys } from './shared/tables.js';
import { defineSource } from './source.js';

/** Files with one JSON object a line, plain or gzip. */
export const jsonlSource = defineSource({
  name: 'jsonl',
  keys: {
    ...partFiles,
    inputs: z.string().default('inputs').describe('key of the numbers of an example'),
    label: z.string().default('label').describe('key of its label'),
    ...tableKeys,
    maxUnpackedBytes,
    maxLineCharacters,
  },
  paths: { train: 'every', validation: 'every', test: 'every' },
  open: (data) => openTables('jsonl', data, (file) => readJsonl(file, data), data),
  read: (file, data) => readJsonl(file, { ...data, labelled: false }),
});
