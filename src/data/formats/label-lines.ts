import { LifelongError } from '../../core/errors.js';
import { shown } from '../../core/shown.js';
import type { TextRow } from '../text/text-rows.js';
import { textLines, type TextLimits } from './text-file.js';

/**
 * Rows of a file whose lines are a label, a blank and a text, plain or gzip.
 *
 * @throws LifelongError `data` with the line, for one that has no blank
 */
export async function* labelLines(path: string, limits: TextLimits): AsyncGenerator<TextRow> {
  let line = 0;
  for await (const content of textLines(path, limits)) {
    line++;
    if (content === '') continue;
    const where = `${path}:${line}`;
    const blank = content.indexOf(' ');
    if (blank < 1) throw new LifelongError('data', `${where}: a label, a blank and a text expected, found ${shown(content)}`);
    yield { texts: [content.slice(blank + 1)], label: content.slice(0, blank), where };
  }
}
