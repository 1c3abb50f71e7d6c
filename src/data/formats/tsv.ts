import { LifelongError } from '../../core/errors.js';
import { namesOf, placesOf, textsOf, type TextNames, type TextRow } from '../text/text-rows.js';
import { textLines, type TextLimits } from './text-file.js';

export interface TsvOptions extends TextLimits {
  /** Columns of the text. */
  readonly text: TextNames;
  /** Column of the label. */
  readonly label: string;
  /** False when the file starts with data: columns are then called 0, 1, 2, … */
  readonly header: boolean;
  /** False where the label column may be missing. */
  readonly labelled?: boolean;
}

/**
 * Rows of a file of columns parted by tabs, plain or gzip, line by line. Quotation marks are text.
 *
 * @throws LifelongError `data` with the line, for a column that is not there or a row of another length
 */
export async function* tsvRows(path: string, { text, label, header, labelled = true, ...limits }: TsvOptions): AsyncGenerator<TextRow> {
  let places: { texts: readonly number[]; label: number; columns: number } | undefined;
  let line = 0;
  for await (const content of textLines(path, limits)) {
    line++;
    if (content === '') continue;
    const fields = content.split('\t');
    const where = `${path}:${line}`;
    const isHeader = !places && header;
    if (!places) {
      const names = header ? fields : fields.map((_, column) => String(column));
      const isThere = labelled || names.includes(label);
      places = {
        texts: placesOf(namesOf(text), names, where),
        label: isThere ? (placesOf([label], names, where)[0] ?? -1) : -1,
        columns: fields.length,
      };
    }
    if (fields.length !== places.columns) {
      throw new LifelongError('data', `${where}: ${places.columns} columns parted by tabs expected, found ${fields.length}`);
    }
    if (!isHeader) yield { texts: textsOf(places.texts.map((at) => fields[at] ?? '')), label: fields[places.label], where };
  }
}
