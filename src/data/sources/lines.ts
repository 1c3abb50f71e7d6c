import { labelLines } from '../formats/label-lines.js';
import { textReadingKeys } from '../text/text-reading.js';
import { maxLineCharacters, maxUnpackedBytes } from './shared/keys.js';
import { partFiles } from './shared/tables.js';
import { openTexts, textKeys } from './shared/texts.js';
import { defineSource } from './source.js';

/** Files whose lines are a label, a blank and a text, plain or gzip. */
export const linesSource = defineSource({
  name: 'lines',
  keys: { ...partFiles, ...textKeys, maxUnpackedBytes, maxLineCharacters },
  paths: { train: 'every', validation: 'every', test: 'every', tokenizer: 'every' },
  readingKeys: textReadingKeys,
  open: (data) => openTexts('lines', data, false, (file) => labelLines(file, data)),
});
