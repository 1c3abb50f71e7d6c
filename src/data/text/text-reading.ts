import { z } from 'zod';
import { LifelongError } from '../../core/errors.js';
import type { Reading } from '../../core/task.js';
import type { FileExamples } from '../file-examples.js';
import type { TextRow } from './text-rows.js';
import { TokenRows } from './token-rows.js';
import { tokenizer, type Tokenizer } from './tokenizer.js';
import { defaultVocabularyPath, readVocabulary, type Vocabulary } from './vocabulary.js';
import { exists } from '../files.js';

/** How the texts of a task became tokens: what a run keeps to read others alike. */
export const textReadingKeys = {
  vocabulary: z
    .strictObject({ path: z.string(), sha256: z.string(), size: z.int().positive() })
    .describe('the file that texts are cut by, and what it held'),
  pairs: z.boolean().describe('whether an example is a pair of texts'),
};

/** What a task's reading says of texts; undefined for a task of something else. */
export const textReading = (reading: Reading | undefined): TextReading | undefined =>
  z.object(textReadingKeys).safeParse(reading ?? {}).data;

/** The same of a source that has numbers too. */
export const optionalTextReadingKeys = { vocabulary: textReadingKeys.vocabulary.optional(), pairs: textReadingKeys.pairs.optional() };

export type TextReading = z.infer<z.ZodObject<typeof textReadingKeys>>;

/** The tokenizer that a task's texts were cut by. @throws LifelongError `data` as {@link knownVocabulary} */
export const knownTokenizer = async (reading: Pick<TextReading, 'vocabulary'>, where: string): Promise<Tokenizer> =>
  tokenizer(await knownVocabulary(reading, where));

/**
 * The vocabulary that a task's texts were cut by, from the file that they were cut by, or the one that the set-up fetches.
 *
 * @param where names what it is for, for errors
 * @throws LifelongError `data` where neither is that vocabulary
 */
export async function knownVocabulary(
  { vocabulary: { path, sha256 } }: Pick<TextReading, 'vocabulary'>,
  where: string,
): Promise<Vocabulary> {
  for (const candidate of [path, defaultVocabularyPath()]) {
    const vocabulary = (await exists(candidate)) ? await readVocabulary(candidate) : undefined;
    if (vocabulary?.sha256 === sha256) return vocabulary;
  }
  throw new LifelongError(
    'data',
    `${where}: the vocabulary with sha256 ${sha256} expected at ${path}, as the task's texts were cut by, found none or another`,
    'put that vocab.txt or tokenizer.json there again; `lifelong setup --features minilm` fetches that of MiniLM',
  );
}

/**
 * Rows of text, labelled or not, as tokens.
 *
 * @param shape of the task's inputs
 * @param reading of the task
 * @throws LifelongError `data` for an empty text, a text where a pair is expected, or a task whose texts were no texts when it was learned
 */
export async function readTexts(
  rows: AsyncIterable<TextRow> | Iterable<TextRow>,
  [length = 0]: readonly number[],
  reading: TextReading | undefined,
  file: string,
): Promise<FileExamples> {
  if (!reading) {
    throw new LifelongError(
      'data',
      `${file}: a task whose stream read texts expected, found one of ids of tokens`,
      'give the ids, as a .npy or .json file',
    );
  }
  const tokens = new TokenRows(await knownTokenizer(reading, file), length);
  for await (const { texts, where } of rows) {
    if (texts.length !== (reading.pairs ? 2 : 1)) {
      const expected = reading.pairs ? 'two texts parted by a tab' : 'one text';
      throw new LifelongError('data', `${where}: ${expected} expected, as the task has them, found ${texts.length}`);
    }
    if (texts.some((text) => text.trim() === '')) throw new LifelongError('data', `${where}: a text expected, found an empty one`);
    tokens.add(texts);
  }
  return { shape: [length], inputs: tokens.inputs(), notes: cutNotes(tokens, file) };
}

/** Says how many texts were cut, where any was. */
export const cutNotes = ({ cut, count, length }: Pick<TokenRows, 'cut' | 'count' | 'length'>, file: string): string[] =>
  cut === 0 ? [] : [`${file}: ${cut} of ${count} texts have more than ${length} tokens and are cut`];
