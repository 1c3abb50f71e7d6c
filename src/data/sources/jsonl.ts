import { z } from 'zod';
import { readJsonl } from '../formats/jsonl.js';
import { jsonlTexts } from '../formats/text-tables.js';
import { optionalTextReadingKeys, readTexts, textReading } from '../text/text-reading.js';
import { maxLineCharacters, maxUnpackedBytes } from './shared/keys.js';
import { openTables, partFiles, tableKeys } from './shared/tables.js';
import { openTexts, refuseNumberKeys, textKeys, textNames } from './shared/texts.js';
import { defineSource } from './source.js';

/** Files with one JSON object a line, plain or gzip: numbers, or texts. */
export const jsonlSource = defineSource({
  name: 'jsonl',
  keys: {
    ...partFiles,
    inputs: z.string().default('inputs').describe('key of the numbers of an example'),
    text: textNames.optional().describe('key of a text, or of the two of a pair: examples are texts then, and not numbers'),
    label: z.string().default('label').describe('key of its label'),
    ...tableKeys,
    ...textKeys,
    maxUnpackedBytes,
    maxLineCharacters,
  },
  paths: { train: 'every', validation: 'every', test: 'every', tokenizer: 'every' },
  readingKeys: optionalTextReadingKeys,
  open(data) {
    const { text } = data;
    if (text === undefined) return openTables('jsonl', data, (file) => readJsonl(file, data), data);
    refuseNumberKeys(data);
    return openTexts('jsonl', data, Array.isArray(text), (file) => jsonlTexts(file, { ...data, text }));
  },
  read(file, data, { inputShape, reading }) {
    const { text } = data;
    if (text === undefined) return readJsonl(file, { ...data, labelled: false });
    return readTexts(jsonlTexts(file, { ...data, text, labelled: false }), inputShape, textReading(reading), file);
  },
});
