import type { Input } from '../../core/input.js';
import type { Reading } from '../../core/task.js';
import type { FileExamples } from '../file-examples.js';
import { textLines } from '../formats/text-file.js';
import { readTexts, textReading } from './text-reading.js';
import { textsOf } from './text-rows.js';

/**
 * Texts as a task sees them.
 *
 * @param texts one each, or two parted by a tab where the task has pairs
 * @param where names them in errors
 * @throws LifelongError `data` for an empty text, or a task whose texts were no texts when it was learned
 */
export function encodeTexts(
  texts: AsyncIterable<string> | Iterable<string>,
  { shape }: Pick<Input, 'shape'>,
  reading: Reading | undefined,
  where: string,
): Promise<FileExamples> {
  const known = textReading(reading);
  return readTexts(numbered(texts, where, known?.pairs ?? false), shape, known, where);
}

/** The texts of a file, one a line. @throws LifelongError `data` as {@link encodeTexts}, naming the line */
export const readTextLines = (path: string, input: Pick<Input, 'shape'>, reading: Reading | undefined): Promise<FileExamples> =>
  encodeTexts(textLines(path), input, reading, path);

async function* numbered(texts: AsyncIterable<string> | Iterable<string>, where: string, pairs: boolean) {
  let line = 0;
  for await (const text of texts) {
    line++;
    yield { texts: textsOf(pairs ? text.split('\t') : [text]), label: undefined, where: `${where}:${line}` };
  }
}
