import { z } from 'zod';
import { tsvRows } from '../formats/tsv.js';
import { readTexts, textReading, textReadingKeys } from '../text/text-reading.js';
import { maxLineCharacters, maxUnpackedBytes } from './shared/keys.js';
import { partFiles } from './shared/tables.js';
import { openTexts, textKeys, textNames } from './shared/texts.js';
import { defineSource } from './source.js';

/** Texts in columns parted by tabs, plain or gzip. */
export const tsvSource = defineSource({
  name: 'tsv',
  keys: {
    ...partFiles,
    text: textNames.describe('name of the text column, or of the two of a pair'),
    label: z.string().describe('name of the label column'),
    header: z.boolean().default(true).describe('false: columns are called 0, 1, 2, …'),
    ...textKeys,
    maxUnpackedBytes,
    maxLineCharacters,
  },
  paths: { train: 'every', validation: 'every', test: 'every', tokenizer: 'every' },
  readingKeys: textReadingKeys,
  open: (data) => openTexts('tsv', data, Array.isArray(data.text), (file) => tsvRows(file, data)),
  read: (file, data, { inputShape, reading }) =>
    readTexts(tsvRows(file, { ...data, labelled: false }), inputShape, textReading(reading), file),
});
