import { z } from 'zod';
import { readCsv } from '../formats/csv.js';
import { csvTexts } from '../formats/text-tables.js';
import { optionalTextReadingKeys, readTexts, textReading } from '../text/text-reading.js';
import { maxLineCharacters, maxUnpackedBytes } from './shared/keys.js';
import { openTables, partFiles, tableKeys } from './shared/tables.js';
import { openTexts, refuseNumberKeys, textKeys, textNames } from './shared/texts.js';
import { defineSource } from './source.js';

/** CSV files, plain or gzip: columns of numbers, or of texts. */
export const csvSource = defineSource({
  name: 'csv',
  keys: {
    ...partFiles,
    label: z.string().describe('name of the label column'),
    text: textNames.optional().describe('name of a text column, or of the two of a pair: examples are texts then, and not numbers'),
    features: z.array(z.string()).min(1).optional().describe('names of the number columns; all but the label by default'),
    delimiter: z.string().length(1).default(',').describe('between two columns'),
    header: z.boolean().default(true).describe('false: columns are called 0, 1, 2, …'),
    ...tableKeys,
    ...textKeys,
    maxUnpackedBytes,
    maxLineCharacters,
  },
  paths: { train: 'every', validation: 'every', test: 'every', tokenizer: 'every' },
  readingKeys: optionalTextReadingKeys,
  open(data) {
    const { text } = data;
    if (text === undefined) {
      return openTables(
        'csv',
        data,
        (file, like) => readCsv(file, like?.columns && data.header ? { ...data, features: like.columns, more: !data.features } : data),
        data,
      );
    }
    refuseNumberKeys(data);
    return openTexts('csv', data, Array.isArray(text), (file) => csvTexts(file, { ...data, text }));
  },
  read(file, data, { inputShape, reading }) {
    const { text } = data;
    if (text === undefined) return readCsv(file, { ...data, more: true, labelled: false });
    return readTexts(csvTexts(file, { ...data, text, labelled: false }), inputShape, textReading(reading), file);
  },
});
