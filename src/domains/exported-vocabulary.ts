import type { Reading } from '../core/task.js';
import { knownVocabulary, textReading } from '../data/text/text-reading.js';

/** What texts of a task become ids of tokens by, for who has no more than an export. */
export interface ExportedVocabulary {
  /** As a vocab.txt: a token a line, by id. */
  readonly text: string;
  /** Whether texts are made lower-case, and accents taken off, before they are cut. */
  readonly lowercase: boolean;
  /** Whether an example is a pair of texts. */
  readonly pairs: boolean;
}

/**
 * The vocabulary of a task; undefined for one whose inputs its source did not read as texts.
 *
 * @param where names the task, for errors
 * @throws LifelongError `data` where the file that its texts were cut by is not there any more, nor the one that the set-up fetches is the same
 */
export async function exportedVocabulary(reading: Reading | undefined, where: string): Promise<ExportedVocabulary | undefined> {
  const known = textReading(reading);
  if (!known) return undefined;
  const { tokens, lowercase } = await knownVocabulary(known, where);
  return { text: tokens.map((token) => `${token}\n`).join(''), lowercase, pairs: known.pairs };
}
